import { BackupError, backup } from '@tidemark/api/node/backup';
import { Failure } from '../failure.ts';
import { type DataOptions, serverConfig } from '../server-config.ts';
import { bytes } from '../terminal/format.ts';
import { shower } from '../terminal/shower.ts';

/** Copies a data folder while its server goes on. Exit code 1 when bytes are missing in the store itself. */
export async function makeBackup(folder: string, options: DataOptions): Promise<void> {
  const show = shower(options.json ?? false);
  try {
    const { snapshot, manifest, copied } = await backup(serverConfig(options), folder, {
      now: Date.now,
      tell: show.line,
    });
    show.end();
    const missing = manifest.projects.flatMap((project) => project.missing);
    if (missing.length > 0) process.exitCode = 1;
    if (options.json) {
      console.log(JSON.stringify({ snapshot, projects: manifest.projects, copied }));
      return;
    }
    for (const { slug, blobs, bytes: size } of manifest.projects)
      console.log(`${slug}: ${blobs} blobs, ${bytes(size)}`);
    console.log(`${snapshot} is whole; ${copied} blobs were copied, the others were there.`);
    if (missing.length > 0) {
      console.log(
        `${missing.length} blobs are missing or damaged in the store; \`tidemark doctor --check\` says which.`,
      );
    }
  } catch (error) {
    throw error instanceof BackupError ? new Failure(error.message) : error;
  } finally {
    show.end();
  }
}
