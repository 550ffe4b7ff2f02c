import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BlobDigestError,
  type BlobStore,
  BlobTooLargeError,
  type ByteRange,
  type PutOptions,
  type StoredAs,
  type StoredBlob,
} from '../blobs/store.ts';

const PIECE = 256 * 1024;

/**
 * Blobs in a folder, as `ab/cd/abcd…`. A blob appears under its name only whole: written aside, checked, synced, renamed, and
 * the folder synced, so that neither a crash nor a power cut leaves half of one.
 */
export function openDisk(folder: string): BlobStore {
  const aside = join(folder, 'incoming');
  let swept: Promise<void> | undefined;

  async function put(body: ReadableStream<Uint8Array> | Uint8Array, options: PutOptions): Promise<StoredAs> {
    swept ??= sweep(aside);
    await swept;
    const temporary = join(aside, randomUUID());
    const file = await open(temporary, 'wx');
    try {
      const stored = await write(file, body, options);
      await file.sync();
      await file.close();
      const path = pathOf(folder, stored.digest);
      await mkdir(join(path, '..'), { recursive: true });
      await rename(temporary, path);
      await syncFolder(join(path, '..'));
      return stored;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function get(digest: string, range?: ByteRange): Promise<StoredBlob | null> {
    const file = await openIfThere(pathOf(folder, digest));
    if (!file) return null;
    const { size } = await file.stat();
    return { size, body: read(file, range ?? { start: 0, end: size - 1 }) };
  }

  return {
    put,
    get,
    has: async (digest) => (await stat(pathOf(folder, digest)).catch(() => null)) !== null,
    delete: async (digests) => {
      for (const digest of digests) await rm(pathOf(folder, digest), { force: true });
    },
  };
}

function pathOf(folder: string, digest: string): string {
  if (!/^[0-9a-f]{64}$/.test(digest)) throw new TypeError('a blob’s key is a SHA-256 digest in hexadecimal');
  return join(folder, digest.slice(0, 2), digest.slice(2, 4), digest);
}

async function write(
  file: FileHandle,
  body: ReadableStream<Uint8Array> | Uint8Array,
  { digest, size, limit }: PutOptions,
): Promise<StoredAs> {
  const hash = createHash('sha256');
  let written = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    written += chunk.byteLength;
    if (written > limit) throw new BlobTooLargeError(limit);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  const actual = hash.digest('hex');
  if (digest !== undefined && digest !== actual) throw new BlobDigestError(digest, actual);
  if (size !== undefined && size !== written) throw new Error(`${written} bytes came of the ${size} announced`);
  return { digest: actual, size: written };
}

/** Pulled, never pushed: a slow reader costs one piece of memory. */
function read(file: FileHandle, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  let position = start;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const wanted = Math.min(PIECE, end + 1 - position);
        if (wanted > 0) {
          const piece = new Uint8Array(wanted);
          const { bytesRead } = await file.read(piece, 0, wanted, position);
          position += bytesRead;
          if (bytesRead > 0) return controller.enqueue(piece.subarray(0, bytesRead));
        }
        await file.close();
        controller.close();
      },
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
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

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its rename is as durable as it gets.
  const folder = await open(path, 'r').catch(() => null);
  if (!folder) return;
  await folder.sync().catch(() => {});
  await folder.close();
}
