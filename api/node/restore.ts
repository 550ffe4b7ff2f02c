import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openLibsql } from '@tidemark/db/libsql';
import { lockFile } from '@tidemark/db/lock';
import type { ServerConfig } from '../config.ts';
import { BackupError, type BackupFile, type BackupManifest, fileOf, pathOf } from './backup.ts';
import { openBlobs } from './blobs.ts';
import { openDisk } from './disk.ts';

const DIRECTORY = '_directory';

/**
 * Puts a backup into a data folder that has none yet. Digests are checked before and while it is copied; the directory of projects
 * comes last, so a restore that was cut off has none, starts as if it had not been, and the same call again goes on.
 * @throws BackupError, with nothing put in place, when the backup is not whole or there is data already.
 */
export async function restore(
  config: ServerConfig,
  folder: string,
  { at, tell = () => {} }: { at?: string | undefined; tell?: (text: string) => void } = {},
): Promise<{ snapshot: string; manifest: BackupManifest; missing: string[] }> {
  const snapshot = join(folder, 'snapshots', at ?? (await newest(folder)));
  const manifest = await readManifest(snapshot);
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  if (existsSync(pathOf(config, DIRECTORY))) {
    throw new BackupError(`There is data in ${config.dataDir} already; restore into a folder of its own.`);
  }
  const lock = await lockFile(join(config.dataDir, 'server.lock'));
  if (!lock) throw new BackupError(`A server uses ${config.dataDir}.`);
  try {
    tell('checking the backup');
    for (const file of [manifest.directory, ...manifest.projects.map(({ database }) => database)]) {
      await requireWhole(snapshot, file);
    }
    const missing: string[] = [];
    for (const { slug, missing: never } of manifest.projects) {
      missing.push(...never);
      await restoreBlobs(config, folder, { slug, snapshot, never: new Set(never), tell });
      await place(join(snapshot, `${slug}.db`), pathOf(config, slug));
    }
    const secret = join(snapshot, 'secret');
    if (existsSync(secret)) await place(secret, join(config.dataDir, 'secret'));
    await place(join(snapshot, `${DIRECTORY}.db`), pathOf(config, DIRECTORY));
    return { snapshot, manifest, missing };
  } finally {
    await lock.release();
  }
}

/** The snapshots of a folder, oldest first. */
export async function snapshotsOf(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'snapshots')).catch(() => []);
  return names.filter((name) => !name.endsWith('.part')).sort();
}

async function newest(folder: string): Promise<string> {
  const last = (await snapshotsOf(folder)).at(-1);
  if (last === undefined) throw new BackupError(`There is no backup in ${folder}.`);
  return last;
}

async function readManifest(snapshot: string): Promise<BackupManifest> {
  const text = await readFile(join(snapshot, 'manifest.json'), 'utf8').catch(() => null);
  if (text === null) throw new BackupError(`There is no backup ${snapshot}.`);
  const manifest = JSON.parse(text) as BackupManifest;
  if (manifest.format !== 'tidemark-backup' || manifest.version !== 1) {
    throw new BackupError(`${snapshot} is of a form that this Tidemark does not read.`);
  }
  return manifest;
}

async function requireWhole(snapshot: string, { name, size, sha256 }: BackupFile): Promise<void> {
  const found = existsSync(join(snapshot, name)) ? await fileOf(join(snapshot, name)) : null;
  if (found?.size !== size || found.sha256 !== sha256) {
    throw new BackupError(`${name} of the backup is ${found ? 'damaged' : 'missing'}; nothing was restored.`);
  }
}

interface Blobs {
  readonly slug: string;
  readonly snapshot: string;
  /** Those that the backup never had. */
  readonly never: ReadonlySet<string>;
  readonly tell: (text: string) => void;
}

async function restoreBlobs(
  config: ServerConfig,
  folder: string,
  { slug, snapshot, never, tell }: Blobs,
): Promise<void> {
  const from = openDisk(join(folder, 'blobs', slug));
  const into = openBlobs(config, slug);
  const db = await openLibsql({ url: `file:${join(snapshot, `${slug}.db`)}`, asItIs: true });
  try {
    const blobs = await db.all<{ digest: string; size: number }>('SELECT digest, size FROM blobs ORDER BY digest');
    for (const [index, { digest, size }] of blobs.entries()) {
      if (never.has(digest) || (await into.size(digest)) === size) continue;
      const blob = await from.get(digest);
      if (!blob) throw new BackupError(`Blob ${digest} of the backup is missing; no project was put in place.`);
      await into.put(blob.body, { digest, size, limit: Number.POSITIVE_INFINITY });
      if (index % 50 === 0) tell(`project ${slug}: ${index + 1} of ${blobs.length} blobs`);
    }
  } finally {
    db.close();
  }
}

/** Appears under its name only whole. */
async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const aside = `${to}.restoring`;
  await copyFile(from, aside);
  const file = await open(aside, 'r+');
  await file.sync();
  await file.close();
  await rename(aside, to);
}
