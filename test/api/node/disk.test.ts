import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobDigestError, type BlobStore, BlobTooLargeError } from '@tidemark/api/blobs/store';
import { openDisk } from '@tidemark/api/node/disk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const read = async (store: BlobStore, digest: string, range?: { start: number; end: number }) => {
  const found = await store.get(digest, range);
  return found && new Uint8Array(await new Response(found.body).arrayBuffer());
};

describe('blobs on disk', () => {
  let folder: string;
  let store: BlobStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-disk-'));
    store = openDisk(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const files = async (): Promise<string[]> =>
    (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);

  test('a stream in many pieces comes back whole, and in part', async () => {
    const bytes = new Uint8Array(randomBytes(1_000_003));
    const digest = sha256(bytes);
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 7919) controller.enqueue(bytes.subarray(i, i + 7919));
        controller.close();
      },
    });
    expect(await store.put(pieces, { digest, limit: 2 ** 30 })).toEqual({ digest, size: bytes.length });
    expect(sha256((await read(store, digest))!)).toBe(digest);
    expect(await read(store, digest, { start: 999_999, end: 1_000_001 })).toEqual(bytes.slice(999_999, 1_000_002));
    expect(await files()).toEqual([digest]);
  });

  test('the same bytes from many at once are one file', async () => {
    const bytes = new Uint8Array(randomBytes(10_000));
    await Promise.all(Array.from({ length: 8 }, () => store.put(bytes, { limit: 2 ** 20 })));
    expect(await files()).toEqual([sha256(bytes)]);
  });

  test('what is wrong, too large or broken off leaves nothing', async () => {
    const bytes = new Uint8Array(randomBytes(1000));
    await expect(store.put(bytes, { digest: 'a'.repeat(64), limit: 2000 })).rejects.toThrow(BlobDigestError);
    await expect(store.put(bytes, { limit: 999 })).rejects.toThrow(BlobTooLargeError);
    await expect(store.put(bytes, { size: 999, limit: 2000 })).rejects.toThrow('999');
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(bytes);
        controller.error(new Error('the line went dead'));
      },
    });
    await expect(store.put(broken, { limit: 2 ** 20 })).rejects.toThrow('the line went dead');
    expect(await files()).toEqual([]);
  });

  test('what a crash left half written goes at the next start, not what is being written now', async () => {
    await store.put(new Uint8Array([1]), { limit: 10 });
    await writeFile(join(folder, 'incoming', 'old'), 'half');
    await writeFile(join(folder, 'incoming', 'young'), 'half');
    const yesterday = new Date(Date.now() - 86_400_000);
    await utimes(join(folder, 'incoming', 'old'), yesterday, yesterday);
    await openDisk(folder).put(new Uint8Array([2]), { limit: 10 });
    expect((await files()).sort()).toEqual([sha256(new Uint8Array([1])), sha256(new Uint8Array([2])), 'young'].sort());
  });

  test('a name that is no digest is refused, whatever it would mean as a path', async () => {
    await expect(store.get('../../etc/passwd')).rejects.toThrow(TypeError);
    await expect(store.delete(['../x'])).rejects.toThrow(TypeError);
    expect(await store.get('b'.repeat(64))).toBeNull();
    await store.delete(['b'.repeat(64)]);
  });

  test('deleted is gone', async () => {
    const { digest } = await store.put(new Uint8Array([1, 2]), { limit: 10 });
    await store.delete([digest]);
    expect(await store.get(digest)).toBeNull();
  });
});
