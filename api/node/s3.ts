import { randomUUID } from 'node:crypto';
import {
  type BlobPage,
  type BlobStore,
  BlobUnavailableError,
  type Body,
  type ByteRange,
  type PutOptions,
  requireDigest,
  type StoredAs,
  type StoredBlob,
} from '../blobs/store.ts';
import type { S3Settings } from '../s3-settings.ts';
import { checked } from './hashed.ts';
import { openS3Client, type S3Client, succeeded, tagOf, tagsOf } from './s3-client.ts';
import { copyObject } from './s3-copy.ts';
import { openS3Parts } from './s3-parts.ts';

/** What is stored before its digest or its length is known goes in pieces of so many bytes. */
const PIECE = 16 * 2 ** 20;
const SIGNED_FOR = 3600;

/**
 * A project's blobs in an S3 bucket, as `{prefix}/{slug}/{digest}`. S3 shows an object whole or not at all. Bytes on their way through
 * here are hashed, and the last of them is held back until they are right: S3 then drops the rest. It is told the SHA-256 as well.
 */
export function openS3(settings: S3Settings, slug: string): BlobStore {
  const client = openS3Client(settings);
  const root = settings.prefix === '' ? '' : `${settings.prefix}/`;
  const keyOf = (digest: string): string => `${root}${slug}/${requireDigest(digest)}`;
  // No slug begins so.
  const aside = (): string => `${root}_incoming/${slug}/${randomUUID()}`;
  const parts = openS3Parts(client, settings.bucket, { keyOf, aside });

  async function size(digest: string): Promise<number | null> {
    const response = await client.send('HEAD', keyOf(digest));
    if (response.status === 404) return null;
    await succeeded(response, 'look');
    return Number(response.headers.get('content-length'));
  }

  async function put(body: Body, options: PutOptions): Promise<StoredAs> {
    const { digest } = options;
    const length = body instanceof Uint8Array ? body.byteLength : options.size;
    if (digest === undefined || length === undefined || length > 5e9) return putUnnamed(body, options);
    const { chunks, result } = checked(body, { ...options, size: options.size ?? length });
    if ((await size(digest)) === length) {
      // It is there: nothing is written over it, but what came must be right all the same.
      for await (const _ of chunks);
      return result();
    }
    await putStream(client, keyOf(digest), chunks, { digest, size: length });
    return result();
  }

  /** In pieces under another name, hashed meanwhile, then copied by the store. */
  async function putUnnamed(body: Body, options: PutOptions): Promise<StoredAs> {
    const { chunks, result } = checked(body, options);
    const upload = { key: aside(), id: '' };
    try {
      const etags: string[] = [];
      for await (const piece of pieces(chunks, PIECE)) {
        upload.id ||= await parts.open(upload.key);
        etags.push(await parts.send(upload, etags.length + 1, piece));
      }
      const stored = result();
      if (etags.length === 0) await putBytes(client, keyOf(stored.digest), new Uint8Array(), stored.digest);
      else {
        await parts.join(upload, etags);
        await copyObject(client, settings.bucket, { from: upload.key, to: keyOf(stored.digest), size: stored.size });
        await client.send('DELETE', upload.key);
      }
      return stored;
    } catch (error) {
      if (upload.id) await parts.abort(JSON.stringify(upload)).catch(() => {});
      throw error;
    }
  }

  async function get(digest: string, range?: ByteRange): Promise<StoredBlob | null> {
    const response = await client.send('GET', keyOf(digest), {
      headers: range ? { range: `bytes=${range.start}-${range.end}` } : {},
    });
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    await succeeded(response, 'read');
    const whole = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
    if (range && whole === undefined) {
      await response.body?.cancel();
      throw new BlobUnavailableError('S3 does not answer with the range that was asked for');
    }
    return {
      size: Number(whole ?? response.headers.get('content-length')),
      body: response.body ?? new Response(new Uint8Array()).body!,
    };
  }

  async function list(after: string | null, most: number): Promise<BlobPage> {
    const prefix = `${root}${slug}/`;
    // The first version of S3's list: its marker is a key, so a page may begin behind any.
    const query = { prefix, 'max-keys': String(Math.min(most, 1000)) };
    const response = await client.send('GET', '', {
      query: after === null ? query : { ...query, marker: prefix + after },
    });
    const xml = await (await succeeded(response, 'list')).text();
    const blobs = tagsOf(xml, 'Contents').map((entry) => ({
      digest: (tagOf(entry, 'Key') ?? '').slice(prefix.length),
      size: Number(tagOf(entry, 'Size')),
    }));
    return { blobs, next: tagOf(xml, 'IsTruncated') === 'true' ? (blobs.at(-1)?.digest ?? null) : null };
  }

  async function remove(digests: readonly string[]): Promise<void> {
    // One by one: a request for many needs a checksum that not every S3-compatible server takes.
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < digests.length) {
        const response = await client.send('DELETE', keyOf(digests[next++]!));
        if (response.status !== 404) await succeeded(response, 'delete');
        await response.body?.cancel();
      }
    };
    await Promise.all(Array.from({ length: Math.min(8, digests.length) }, lane));
  }

  const store: BlobStore = { put, get, size, list, delete: remove, parts };
  if (!settings.direct) return store;
  return {
    ...store,
    direct: {
      putPart: (handle, place) => parts.signed(handle, place, SIGNED_FOR),
      get: (digest, filename) =>
        client.sign(
          'GET',
          keyOf(digest),
          {
            query: {
              'response-content-type': 'application/octet-stream',
              'response-content-disposition':
                filename === null ? 'attachment' : `attachment; filename*=UTF-8''${encodeURIComponent(filename)}`,
            },
          },
          SIGNED_FOR,
        ),
    },
  };
}

const base64 = (digest: string): string => Buffer.from(digest, 'hex').toString('base64');

/** @throws what the chunks throw, else BlobUnavailableError */
async function putStream(
  client: S3Client,
  key: string,
  chunks: AsyncGenerator<Uint8Array>,
  { digest, size }: StoredAs,
): Promise<void> {
  if (size === 0) {
    for await (const _ of chunks);
    return putBytes(client, key, new Uint8Array(), digest);
  }
  let reason: unknown;
  const watched = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      reason = error;
      throw error;
    }
  };
  const headers = { 'content-length': String(size), 'x-amz-checksum-sha256': base64(digest) };
  try {
    const response = await client.send('PUT', key, { headers, body: ReadableStream.from(watched()) });
    await (await succeeded(response, 'store')).body?.cancel();
  } catch (error) {
    throw reason ?? error;
  }
}

async function putBytes(client: S3Client, key: string, body: Uint8Array, digest: string): Promise<void> {
  const headers = { 'content-length': String(body.byteLength), 'x-amz-checksum-sha256': base64(digest) };
  const response = await client.send('PUT', key, { headers, body });
  await (await succeeded(response, 'store')).body?.cancel();
}

/** Chunks put together to so many bytes each; the last may be shorter. */
async function* pieces(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = chunk.subarray(at, at + size - filled);
      piece.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < size) continue;
      yield piece;
      piece = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
