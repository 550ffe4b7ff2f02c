import { createHash, randomBytes } from 'node:crypto';
import { BlobDigestError, type BlobStore, BlobTooLargeError, type ReceivedPart } from '@tidemark/api/blobs/store';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

export interface OpenedStore {
  readonly store: BlobStore;
  /** The same place for another project. */
  readonly other: BlobStore;
  /** What is in the store beside blobs: parts of uploads, halves of files. */
  leftovers(): Promise<number>;
  /** Bytes that every part but the last has at least; none: 1. */
  readonly smallestPart?: number | undefined;
  close(): Promise<void>;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const random = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(size));
const LIMIT = 2 ** 30;

/** A body that comes in pieces, and breaks off before the byte `until`. */
function streamOf(bytes: Uint8Array, piece = 64 * 1024, until = bytes.length): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= until && until < bytes.length) return controller.error(new Error('the line went dead'));
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, Math.min(at + piece, until)));
      at += piece;
    },
  });
}

/** What every store of blobs must do. A driver's test opens it and says nothing else. */
export function blobConformance(open: () => Promise<OpenedStore>): void {
  describe('blob store', () => {
    let opened: OpenedStore;
    let store: BlobStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(() => opened.close());

    const comesBack = async (bytes: Uint8Array): Promise<void> => {
      const found = await store.get(sha256(bytes));
      expect(found?.size).toBe(bytes.length);
      expect(sha256(new Uint8Array(await new Response(found!.body).arrayBuffer()))).toBe(sha256(bytes));
    };
    const nothingOf = async (digest: string): Promise<void> => {
      expect(await store.size(digest)).toBeNull();
      expect(await store.get(digest)).toBeNull();
      expect(await opened.leftovers()).toBe(0);
    };

    test.each([0, 1, 1000, 300_000, 17 * 2 ** 20 + 3])(
      '%i bytes come back, however they were announced',
      async (size) => {
        for (const known of [['digest', 'size'], ['digest'], ['size'], []]) {
          const bytes = random(size);
          const digest = sha256(bytes);
          // A store may hold in memory what comes without its length, and refuse more of it than that.
          if (!known.includes('size') && size > 2 ** 24) continue;
          const options = {
            limit: LIMIT,
            ...(known.includes('digest') ? { digest } : {}),
            ...(known.includes('size') ? { size } : {}),
          };
          expect(await store.put(streamOf(bytes, size > 2 ** 20 ? 2 ** 20 : 65_536), options)).toEqual({
            digest,
            size,
          });
          expect(await store.size(digest)).toBe(size);
          await comesBack(bytes);
        }
        expect(await opened.leftovers()).toBe(0);
      },
    );

    test('bytes in memory are as good as a stream', async () => {
      const bytes = random(5000);
      const digest = sha256(bytes);
      expect(await store.put(bytes, { limit: LIMIT })).toEqual({ digest, size: 5000 });
      await comesBack(bytes);
      await expect(store.put(bytes, { digest: 'a'.repeat(64), limit: LIMIT })).rejects.toThrow(BlobDigestError);
      await expect(store.put(bytes, { limit: 4999 })).rejects.toThrow(BlobTooLargeError);
      await nothingOf('a'.repeat(64));
    });

    test('every range is the slice it names', async () => {
      const bytes = random(10_000);
      const { digest } = await store.put(bytes, { limit: LIMIT });
      const bound = fc.nat(9_999);
      await fc.assert(
        fc.asyncProperty(bound, bound, async (a, b) => {
          const [start, end] = a < b ? [a, b] : [b, a];
          const found = (await store.get(digest, { start, end }))!;
          expect(found.size).toBe(10_000);
          const got = new Uint8Array(await new Response(found.body).arrayBuffer());
          expect(sha256(got)).toBe(sha256(bytes.slice(start, end + 1)));
        }),
        { numRuns: 20 },
      );
      expect(await store.get('b'.repeat(64), { start: 0, end: 1 })).toBeNull();
    });

    test('other bytes than announced leave nothing', async () => {
      const { smallestPart: size = 100_000 } = opened;
      const [meant, came] = [random(2 * size), random(2 * size)];
      const digest = sha256(meant);
      await expect(store.put(streamOf(came), { digest, size: came.length, limit: LIMIT })).rejects.toThrow(
        BlobDigestError,
      );
      await expect(store.put(streamOf(came), { digest, limit: LIMIT })).rejects.toThrow(BlobDigestError);
      await expect(store.put(streamOf(meant), { digest, size: 199_999, limit: LIMIT })).rejects.toThrow();
      await expect(store.put(streamOf(meant), { digest, size: 200_001, limit: LIMIT })).rejects.toThrow();
      await expect(store.put(streamOf(meant), { digest, size: 200_000, limit: 199_999 })).rejects.toThrow(
        BlobTooLargeError,
      );
      await expect(store.put(streamOf(meant), { limit: 199_999 })).rejects.toThrow(BlobTooLargeError);
      await nothingOf(digest);
      await nothingOf(sha256(came));
    });

    test('a body that breaks off leaves nothing', async () => {
      const bytes = random(500_000);
      const digest = sha256(bytes);
      for (const options of [{ digest, size: bytes.length }, { size: bytes.length }, {}]) {
        await expect(store.put(streamOf(bytes, 65_536, 300_000), { ...options, limit: LIMIT })).rejects.toThrow();
      }
      await nothingOf(digest);
    });

    test('a blob that is there outlives a bad copy of it', async () => {
      const bytes = random(100_000);
      const digest = sha256(bytes);
      await store.put(bytes, { digest, limit: LIMIT });
      const options = { digest, size: bytes.length, limit: LIMIT };
      await expect(store.put(streamOf(random(100_000)), options)).rejects.toThrow(BlobDigestError);
      await expect(store.put(streamOf(bytes, 10_000, 50_000), options)).rejects.toThrow();
      await comesBack(bytes);
    });

    test('the same bytes from many at once are one blob', async () => {
      const bytes = random(50_000);
      const digest = sha256(bytes);
      const stored = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          store.put(streamOf(bytes), { ...(i % 2 ? { digest } : {}), size: bytes.length, limit: LIMIT }),
        ),
      );
      expect(new Set(stored.map((one) => one.digest))).toEqual(new Set([digest]));
      await comesBack(bytes);
      expect(await opened.leftovers()).toBe(0);
    });

    test('what is deleted is gone; what is not there is passed over', async () => {
      const { digest } = await store.put(random(10), { limit: 10 });
      await store.delete([digest, 'c'.repeat(64)]);
      await store.delete([]);
      await nothingOf(digest);
    });

    test('a name that is no digest is refused, whatever it would mean as a path', async () => {
      for (const name of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`]) {
        await expect(store.get(name)).rejects.toThrow(TypeError);
        await expect(store.size(name)).rejects.toThrow(TypeError);
        await expect(store.delete([name])).rejects.toThrow(TypeError);
      }
    });

    test('lists its own blobs in order, page by page', async () => {
      const { other } = opened;
      const mine = await Promise.all(Array.from({ length: 25 }, (_, i) => other.put(random(i), { limit: LIMIT })));
      const { digest: notMine } = await store.put(random(99), { limit: LIMIT });
      const listed: { digest: string; size: number }[] = [];
      let after: string | null = null;
      do {
        const page = await other.list(after, 10);
        expect(page.blobs.length).toBeLessThanOrEqual(10);
        listed.push(...page.blobs);
        after = page.next;
      } while (after !== null);
      expect(listed).toEqual([...mine].sort((a, b) => (a.digest < b.digest ? -1 : 1)));
      expect(await other.size(notMine)).toBeNull();
    });

    const cut = (bytes: Uint8Array<ArrayBuffer>, size: number) =>
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => {
        const piece = bytes.slice(i * size, (i + 1) * size);
        return { bytes: piece, part: i + 1, offset: i * size, size: piece.length, digest: sha256(piece) };
      });
    const blobOf = (bytes: Uint8Array) => ({ digest: sha256(bytes), size: bytes.length });

    test('parts in any order, some twice, are one blob, and nothing before', async () => {
      const bytes = random(11 * 2 ** 20);
      const blob = blobOf(bytes);
      const handle = await store.parts.begin(blob);
      const receipts = new Map<number, ReceivedPart>();
      const pieces = cut(bytes, 5 * 2 ** 20);
      for (const { bytes: piece, ...place } of [pieces[2]!, pieces[0]!, pieces[1]!, pieces[0]!]) {
        const receipt = await store.parts.put(handle, place, streamOf(piece));
        receipts.set(place.part, { ...place, receipt });
        expect(await store.size(blob.digest)).toBeNull();
      }
      await store.parts.complete(
        handle,
        blob,
        [1, 2, 3].map((part) => receipts.get(part)!),
      );
      expect(await store.size(blob.digest)).toBe(bytes.length);
      await comesBack(bytes);
      expect(await opened.leftovers()).toBe(0);
      await store.parts.abort(handle);
      expect(await store.size(blob.digest)).toBe(bytes.length);
    });

    test('many parts', async () => {
      const { smallestPart: size = 1024 } = opened;
      const bytes = random((size > 1024 ? 11 : 60) * size + 7);
      const blob = blobOf(bytes);
      const handle = await store.parts.begin(blob);
      const parts = await Promise.all(
        cut(bytes, size).map(async ({ bytes: piece, ...place }) => ({
          ...place,
          receipt: await store.parts.put(handle, place, piece),
        })),
      );
      await store.parts.complete(handle, blob, parts);
      await comesBack(bytes);
    });

    test('a wrong or broken part does not count, and the right one does afterwards', async () => {
      const bytes = random(300_000);
      const blob = blobOf(bytes);
      const handle = await store.parts.begin(blob);
      const [{ bytes: piece, ...place }] = cut(bytes, 300_000) as [ReturnType<typeof cut>[number]];
      await expect(store.parts.put(handle, place, streamOf(random(300_000)))).rejects.toThrow(BlobDigestError);
      await expect(store.parts.put(handle, place, streamOf(piece, 10_000, 100_000))).rejects.toThrow();
      await expect(store.parts.put(handle, place, streamOf(random(299_999)))).rejects.toThrow();
      const receipt = await store.parts.put(handle, place, streamOf(piece));
      await store.parts.complete(handle, blob, [{ ...place, receipt }]);
      await comesBack(bytes);
    });

    test('parts that are not the whole they were announced as show nothing', async () => {
      const { smallestPart: size = 100_000 } = opened;
      const [meant, came] = [random(2 * size), random(2 * size)];
      const blob = blobOf(meant);
      const handle = await store.parts.begin(blob);
      const parts: ReceivedPart[] = [];
      for (const { bytes: piece, ...place } of cut(came, size)) {
        parts.push({ ...place, receipt: await store.parts.put(handle, place, piece) });
      }
      await expect(store.parts.complete(handle, blob, parts)).rejects.toThrow(BlobDigestError);
      expect(await store.size(blob.digest)).toBeNull();
      await store.parts.abort(handle);
      await nothingOf(blob.digest);
    });

    test('what was given up is gone', async () => {
      const bytes = random(100_000);
      const handle = await store.parts.begin(blobOf(bytes));
      const [{ bytes: piece, ...place }] = cut(bytes, 60_000) as [ReturnType<typeof cut>[number]];
      await store.parts.put(handle, place, piece);
      await store.parts.abort(handle);
      await store.parts.abort(handle);
      await nothingOf(sha256(bytes));
    });
  });
}
