import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openLibsql } from '@tidemark/db/libsql';
import { lockFile } from '@tidemark/db/lock';
import { migrate } from '@tidemark/db/migrate';
import { migrations } from '@tidemark/db/migrations/index';
import { checkProject, repairProject } from '../check/check.ts';
import type { Finding } from '../check/finding.ts';
import type { ServerConfig } from '../config.ts';
import { BackupError, pathOf } from './backup.ts';
import { openBlobs } from './blobs.ts';

export interface ProjectReport {
  readonly slug: string;
  /** What is wrong now, and what was repaired. */
  readonly findings: readonly Omit<Finding, 'repair'>[];
  readonly repaired: readonly Omit<Finding, 'repair'>[];
}

/**
 * Checks every project of a data folder, and repairs what can be. A check may run beside a server; a repair wants it stopped.
 * @throws BackupError when there is no data, or a server holds what is to be repaired.
 */
export async function checkData(
  config: ServerConfig,
  {
    now,
    repair,
    deep,
    tell = () => {},
  }: { now: number; repair: boolean; deep: boolean; tell?: (text: string) => void },
): Promise<ProjectReport[]> {
  const directory = pathOf(config, '_directory');
  if (!existsSync(directory)) throw new BackupError(`There is no Tidemark data in ${config.dataDir}.`);
  const lock = repair ? await lockFile(join(config.dataDir, 'server.lock')) : null;
  if (repair && !lock) throw new BackupError(`A server uses ${config.dataDir}: stop it before a repair.`);
  try {
    const reports: ProjectReport[] = [];
    for (const slug of await slugsOf(directory)) {
      tell(`project ${slug}`);
      const db = await openLibsql({ url: `file:${pathOf(config, slug)}`, asItIs: true });
      try {
        await migrate(db, migrations);
        // Damage is looked for, not prevented: rows may be taken out in any order.
        await db.all('PRAGMA foreign_keys = OFF');
        const checked = { db, blobs: openBlobs(config, slug), now, deep };
        const found = await checkProject(checked);
        const left = repair ? await repairProject(checked, found) : found;
        const whats = new Set(left.map(({ what }) => what));
        reports.push({
          slug,
          findings: left.map(plain),
          repaired: repair ? found.filter(({ what }) => !whats.has(what)).map(plain) : [],
        });
      } finally {
        db.close();
      }
    }
    return reports;
  } finally {
    await lock?.release();
  }
}

const plain = ({ check, what, severity, remedy }: Finding) => ({ check, what, severity, remedy });

async function slugsOf(directory: string): Promise<string[]> {
  const db = await openLibsql({ url: `file:${directory}`, asItIs: true });
  try {
    return (await db.all<{ slug: string }>('SELECT slug FROM projects ORDER BY slug')).map(({ slug }) => slug);
  } finally {
    db.close();
  }
}
