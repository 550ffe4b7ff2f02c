import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from '@tidemark/api/node/backup';
import { checkData } from '@tidemark/api/node/check';
import { spoolFolder } from '@tidemark/client/node/sync';
import colors from 'picocolors';
import { Failure } from '../failure.ts';
import { localRuns } from '../local/open-local.ts';
import { type DataOptions, serverConfig } from '../server-config.ts';
import { shower } from '../terminal/shower.ts';

/** Verifies the databases of a data folder and their blobs. Exit code 1 when something is wrong and not repaired. */
export async function doctorCheck(options: DataOptions & { repair?: boolean; quick?: boolean }): Promise<void> {
  const config = serverConfig(options);
  const show = shower(options.json ?? false);
  const { repair = false, quick = false } = options;
  const projects = await checkData(config, { now: Date.now(), repair, deep: !quick, tell: show.line }).catch(
    (error: unknown) => {
      throw error instanceof BackupError ? new Failure(error.message) : error;
    },
  );
  show.end();
  const spool = spoolState(config.dataDir);
  const bad = projects.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
  if (bad) process.exitCode = 1;
  if (options.json) {
    console.log(JSON.stringify({ ok: !bad, projects, spool }));
    return;
  }
  for (const { slug, findings, repaired } of projects) {
    if (findings.length === 0 && repaired.length === 0) console.log(`${colors.green('✓')} ${slug}`);
    for (const { what } of repaired) console.log(`${colors.green('✓')} ${slug}  repaired: ${what}`);
    for (const { what, severity, remedy } of findings) {
      console.log(`${severity === 'error' ? colors.red('✕') : colors.yellow('–')} ${slug}  ${what}`);
      if (remedy && !repair) console.log(`    ${colors.dim(`--repair: ${remedy}`)}`);
    }
  }
  for (const [name, count] of Object.entries(spool))
    if (count > 0) console.log(`${colors.yellow('–')} ${count} ${name}`);
}

/** What waits on this machine to be sent, and what a server refused. */
function spoolState(dataDir: string): Record<string, number> {
  const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  const folder = spoolFolder();
  const spool = names(folder);
  const attempts = names(dataDir)
    .filter((name) => /^worker(-\d+)?$/.test(name))
    .flatMap((name) =>
      names(join(dataDir, name, 'attempts')).map((attempt) => join(dataDir, name, 'attempts', attempt)),
    );
  return {
    'runs of scripts wait: tidemark sync': spool.filter((name) => name.endsWith('.journal')).length,
    'runs trained without a server wait: tidemark sync': localRuns(folder).length,
    'files of runs that a server refused': spool.filter((name) => name.endsWith('.refused')).length,
    'attempts of a worker wait: start it again': attempts.filter((path) => existsSync(join(path, 'spool'))).length,
    'attempts of a worker were taken over by another': attempts.filter((path) =>
      names(path).some((name) => name.endsWith('.stale')),
    ).length,
  };
}
