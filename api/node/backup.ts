import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Row } from '@tidemark/db/database';
import { openLibsql } from '@tidemark/db/libsql';
import { lockFile } from '@tidemark/db/lock';
import { BlobDigestError, BlobSizeError, type BlobStore } from '../blobs/store.ts';
import type { ServerConfig } from '../config.ts';
import { VERSION } from '../version.ts';
import { openBlobs } from './blobs.ts';
import { openDisk } from './disk.ts';
import { databaseUrl } from './open-project.ts';
import { syncFolder } from './sync-folder.ts';

// A backup of a server that may go on writing. A project's database is copied as of one moment (SQLite's VACUUM INTO reads one snapshot).
// A blob never changes and is stored before a row names it, so the blobs that this copy knows are copied afterwards; one that was
// deleted in between is no longer named by the database either, and then the copy is taken again. Blobs that an earlier backup in
// the same folder has are not copied again. A snapshot appears under its name only whole.

export interface BackupFile {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}
export interface BackupProject {
  readonly slug: string;
  readonly database: BackupFile;
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs that the database names and the store does not have, whole. */
  readonly missing: readonly string[];
}
export interface BackupManifest {
  readonly format: 'tidemark-backup';
  readonly version: 1;
  readonly tidemark: string;
  readonly createdAt: number;
  readonly directory: BackupFile;
  readonly projects: readonly BackupProject[];
}

export class BackupError extends Error {
  override readonly name = 'BackupError';
}

const DIRECTORY = '_directory';
const TRIES = 5;

/** @throws BackupError when there is nothing to back up, or another backup runs in the same folder. */
export async function backup(
  config: ServerConfig,
  folder: string,
  { now, tell = () => {} }: { now: () => number; tell?: (text: string) => void },
): Promise<{ snapshot: string; manifest: BackupManifest; copied: number }> {
  const source = pathOf(config, DIRECTORY);
  if (!existsSync(source)) throw new BackupError(`There is no Tidemark data in ${config.dataDir}.`);
  await mkdir(join(folder, 'snapshots'), { recursive: true, mode: 0o700 });
  const lock = await lockFile(join(folder, 'backup.lock'));
  if (!lock) throw new BackupError(`Another backup is being made in ${folder}.`);
  try {
    // What an earlier one that was cut off left; its blobs are of use.
    for (const name of await readdir(join(folder, 'snapshots'))) {
      if (name.endsWith('.part')) await rm(join(folder, 'snapshots', name), { recursive: true, force: true });
    }
    const createdAt = now();
    const name = new Date(createdAt).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const snapshot = join(folder, 'snapshots', name);
    if (existsSync(snapshot)) throw new BackupError(`The backup ${name} is there already.`);
    const part = `${snapshot}.part`;
    await mkdir(part, { mode: 0o700 });
    const directory = await copyDatabase(source, join(part, `${DIRECTORY}.db`));
    const slugs = await read<{ slug: string }>(
      join(part, `${DIRECTORY}.db`),
      'SELECT slug FROM projects ORDER BY slug',
    );
    const projects: BackupProject[] = [];
    let copied = 0;
    for (const { slug } of slugs) {
      tell(`project ${slug}`);
      const into = openDisk(join(folder, 'blobs', slug));
      const done = await backupProject(config, slug, { part, into, tell });
      projects.push(done.project);
      copied += done.copied;
    }
    const secret = join(config.dataDir, 'secret');
    if (existsSync(secret)) await copyFile(secret, join(part, 'secret'));
    const manifest: BackupManifest = {
      format: 'tidemark-backup',
      version: 1,
      tidemark: VERSION,
      createdAt,
      directory,
      projects,
    };
    await writeFile(join(part, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, {
      flush: true,
      mode: 0o600,
    });
    await syncFolder(part);
    await rename(part, snapshot);
    await syncFolder(join(folder, 'snapshots'));
    return { snapshot, manifest, copied };
  } finally {
    await lock.release();
  }
}

interface Into {
  readonly part: string;
  readonly into: BlobStore;
  readonly tell: (text: string) => void;
}

async function backupProject(config: ServerConfig, slug: string, { part, into, tell }: Into) {
  const from = openBlobs(config, slug);
  const file = join(part, `${slug}.db`);
  const source = pathOf(config, slug);
  let copied = 0;
  for (let tries = 1; ; tries++) {
    const database = await copyDatabase(source, file);
    const blobs = await read<{ digest: string; size: number }>(file, 'SELECT digest, size FROM blobs ORDER BY digest');
    const missing: string[] = [];
    for (const [index, { digest, size }] of blobs.entries()) {
      const had = (await into.size(digest)) === size;
      if (had) continue;
      if (await copyBlob(from, into, digest, size)) copied++;
      else missing.push(digest);
      if (index % 50 === 0) tell(`project ${slug}: ${index + 1} of ${blobs.length} blobs`);
    }
    // Deleted while we copied: then the database does not know them any more either, and a new copy of it is whole.
    const gone = missing.length > 0 && tries < TRIES && (await someLeft(source, missing));
    if (gone) continue;
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    return { project: { slug, database, blobs: blobs.length - missing.length, bytes, missing }, copied };
  }
}

async function someLeft(source: string, missing: readonly string[]): Promise<boolean> {
  const list = JSON.stringify(missing);
  const still = await read<{ digest: string }>(
    source,
    'SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each(?))',
    [list],
  );
  return still.length < missing.length;
}

async function copyBlob(from: BlobStore, into: BlobStore, digest: string, size: number): Promise<boolean> {
  const blob = await from.get(digest);
  if (!blob) return false;
  try {
    await into.put(blob.body, { digest, size, limit: Number.POSITIVE_INFINITY });
    return true;
  } catch (error) {
    // Other bytes than its name says: damaged in the store.
    if (error instanceof BlobDigestError || error instanceof BlobSizeError) return false;
    throw error;
  }
}

/** A database as of one moment, while others write to it; checked before it counts. */
async function copyDatabase(source: string, target: string): Promise<BackupFile> {
  await rm(target, { force: true });
  const db = await openLibsql({ url: `file:${source}`, asItIs: true });
  try {
    await db.all('VACUUM INTO ?', [target]);
  } finally {
    db.close();
  }
  const file = await open(target, 'r+');
  await file.sync();
  await file.close();
  return fileOf(target);
}

export async function fileOf(path: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { name: path.split(/[\\/]/).at(-1)!, size: (await stat(path)).size, sha256: hash.digest('hex') };
}

async function read<T extends Row>(path: string, sql: string, params: string[] = []): Promise<T[]> {
  const db: Database = await openLibsql({ url: `file:${path}`, asItIs: true });
  try {
    return await db.all<T>(sql, params);
  } finally {
    db.close();
  }
}

/** @throws BackupError for a database that is on another server. */
export function pathOf(config: ServerConfig, name: string): string {
  const url = databaseUrl(config, name);
  if (url.startsWith('file:')) return url.slice(5);
  throw new BackupError(
    `The databases are not in files (${url}): use that server's own backups, or \`tidemark export project\`.`,
  );
}
