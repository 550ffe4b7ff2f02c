import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobBusyError, BlobDigestError, BlobSizeError, type PartStore } from '../blobs/store.ts';
import { readFileRange } from './file-stream.ts';
import { checked } from './hashed.ts';

/**
 * A blob in parts is one file, each part written at its place, so that joining them costs one reading and no copy. Two writers of one
 * part would mix their bytes: the second is sent away.
 */
export function openDiskParts(folder: string, show: (file: string, digest: string) => Promise<void>): PartStore {
  const writing = new Set<string>();
  const fileOf = (handle: string): string => {
    if (!/^[0-9a-f-]{36}$/.test(handle)) throw new TypeError('not a handle of this store');
    return join(folder, handle);
  };
  return {
    async begin() {
      await mkdir(folder, { recursive: true });
      const handle = randomUUID();
      await (await open(fileOf(handle), 'wx')).close();
      return handle;
    },
    async put(handle, { part, offset, digest, size }, body) {
      const key = `${handle}/${part}`;
      if (writing.has(key)) throw new BlobBusyError();
      writing.add(key);
      try {
        const file = await open(fileOf(handle), 'r+');
        try {
          let position = offset;
          for await (const chunk of checked(body, { digest, size, limit: size }).chunks) {
            await writeAll(file, chunk, position);
            position += chunk.byteLength;
          }
          await file.datasync();
        } finally {
          await file.close();
        }
      } finally {
        writing.delete(key);
      }
      return digest;
    },
    async complete(handle, { digest, size }) {
      const path = fileOf(handle);
      const file = await open(path, 'r+');
      const found = (await file.stat()).size;
      if (found !== size) {
        await file.close();
        throw new BlobSizeError(size, found);
      }
      await file.sync();
      const hash = createHash('sha256');
      for await (const chunk of readFileRange(file, { start: 0, end: size - 1 })) hash.update(chunk);
      const actual = hash.digest('hex');
      if (actual !== digest) throw new BlobDigestError(digest, actual);
      await show(path, digest);
    },
    abort: (handle) => rm(fileOf(handle), { force: true }),
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
