import { rm } from 'node:fs/promises';
import type { ServerConfig } from '../config.ts';
import { clearBlobs } from './blobs.ts';
import { databaseUrl, openDatabase } from './open-project.ts';

/**
 * Deletes what a project that nobody can reach any more holds: its bytes, then its database. Done again it goes on where it was; `stopped`
 * ends it early.
 */
export async function destroyProject(config: ServerConfig, slug: string, stopped: () => boolean): Promise<void> {
  if (stopped()) return;
  await clearBlobs(config, slug);
  const url = databaseUrl(config, slug);
  if (url.startsWith('file:')) {
    // The log first: without its database it means nothing, and a database without it would be an older one.
    for (const suffix of ['-wal', '-shm', '']) await rm(`${url.slice(5)}${suffix}`, { force: true });
    return;
  }
  const db = await openDatabase(config, slug);
  try {
    await db.all('PRAGMA foreign_keys = OFF');
    const made = await db.all(
      "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'table') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC",
    );
    for (const { type, name } of made) {
      if (stopped()) return;
      await db.all(`DROP ${String(type)} IF EXISTS "${String(name)}"`);
    }
  } finally {
    db.close();
  }
}
