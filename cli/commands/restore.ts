import { BackupError } from '@tidemark/api/node/backup';
import { restore } from '@tidemark/api/node/restore';
import { Failure } from '../failure.ts';
import { type DataOptions, serverConfig } from '../server-config.ts';
import { shower } from '../terminal/shower.ts';

/** Puts a backup into a data folder that has none yet. */
export async function restoreBackup(folder: string, options: DataOptions & { at?: string }): Promise<void> {
  const show = shower(options.json ?? false);
  const config = serverConfig(options);
  try {
    const { snapshot, manifest, missing } = await restore(config, folder, { at: options.at, tell: show.line });
    show.end();
    const projects = manifest.projects.map(({ slug }) => slug);
    if (options.json) console.log(JSON.stringify({ snapshot, dataDir: config.dataDir, projects, missing }));
    else {
      console.log(
        `${config.dataDir} is what it was at ${new Date(manifest.createdAt).toISOString()}: ${projects.join(', ')}.`,
      );
      if (missing.length > 0) console.log(`${missing.length} blobs were missing when the backup was made.`);
      console.log(`Start it: tidemark serve --data-dir ${config.dataDir}`);
    }
  } catch (error) {
    throw error instanceof BackupError ? new Failure(error.message) : error;
  } finally {
    show.end();
  }
}
