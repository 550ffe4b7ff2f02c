import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BlobPage,
  type BlobStore,
  type Body,
  type ByteRange,
  type PutOptions,
  requireDigest,
  type StoredAs,
  type StoredBlob,
} from '../blobs/store.ts';
import { openDiskParts } from './disk-parts.ts';
import { readFileRange } from './file-stream.ts';
import { checked } from './hashed.ts';
import { syncFolder } from './sync-folder.ts';

/**
 * Blobs in a folder, as `ab/cd/abcd…`. A blob appears under its name only whole: written aside, checked, synced, renamed, and
 * the folder synced, so that neither a crash nor a power cut leaves half of one.
 */
export function openDisk(folder: string): BlobStore {
  const aside = join(folder, 'incoming');
  let swept: Promise<void> | undefined;
  const pathOf = (digest: string): string =>
    join(folder, digest.slice(0, 2), digest.slice(2, 4), requireDigest(digest));

  /** A checked and closed file becomes the blob. */
  async function show(temporary: string, digest: string): Promise<void> {
    const path = pathOf(digest);
    await mkdir(join(path, '..'), { recursive: true });
    await rename(temporary, path);
    await syncFolder(join(path, '..'));
  }

  async function put(body: Body, options: PutOptions): Promise<StoredAs> {
    swept ??= sweep(aside);
    await swept;
    const temporary = join(aside, randomUUID());
    const file = await open(temporary, 'wx');
    try {
      const stored = await write(file, body, options);
      await file.sync();
      await file.close();
      await show(temporary, stored.digest);
      return stored;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function get(digest: string, range?: ByteRange): Promise<StoredBlob | null> {
    const file = await openIfThere(pathOf(digest));
    if (!file) return null;
    const { size } = await file.stat();
    return { size, body: readFileRange(file, range ?? { start: 0, end: size - 1 }) };
  }

  async function size(digest: string): Promise<number | null> {
    return (await stat(pathOf(digest)).catch(() => null))?.size ?? null;
  }

  async function list(after: string | null, most: number): Promise<BlobPage> {
    const blobs: StoredAs[] = [];
    const from = after ?? '';
    for (const first of await names(folder, 2, from.slice(0, 2))) {
      for (const second of await names(join(folder, first), 2, first === from.slice(0, 2) ? from.slice(2, 4) : '')) {
        for (const digest of await names(join(folder, first, second), 64, '')) {
          if (digest <= from) continue;
          if (blobs.length === most) return { blobs, next: blobs.at(-1)!.digest };
          const found = await size(digest);
          if (found !== null) blobs.push({ digest, size: found });
        }
      }
    }
    return { blobs, next: null };
  }

  return {
    put,
    get,
    size,
    list,
    delete: async (digests) => {
      for (const digest of digests) await rm(pathOf(digest), { force: true });
    },
    parts: openDiskParts(join(folder, 'uploads'), show),
  };
}

/** Hexadecimal names of a length, from one on, in order. */
async function names(folder: string, length: number, from: string): Promise<string[]> {
  const all = await readdir(folder).catch(() => []);
  return all.filter((name) => name.length === length && name >= from && /^[0-9a-f]+$/.test(name)).sort();
}

async function write(file: FileHandle, body: Body, options: PutOptions): Promise<StoredAs> {
  const { chunks, result } = checked(body, options);
  for await (const chunk of chunks) await file.writeFile(chunk);
  return result();
}

/** What a crash left half written. */
async function sweep(aside: string): Promise<void> {
  await mkdir(aside, { recursive: true });
  const hourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(aside)) {
    const path = join(aside, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < hourAgo) await rm(path, { force: true });
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
