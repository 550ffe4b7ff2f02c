import {
  BlobDigestError,
  type BlobPage,
  BlobSizeError,
  type BlobStore,
  BlobTooLargeError,
  type Body,
  type ByteRange,
  type PutOptions,
  requireDigest,
  type StoredAs,
  type StoredBlob,
} from '../blobs/store.ts';
import { toHex } from '../hash.ts';
import { putChecked } from './r2-checked.ts';
import { openR2Parts } from './r2-parts.ts';

/** Up to this many bytes are held in memory when their digest or their number is not known beforehand. */
const IN_MEMORY = 16 * 2 ** 20;

/** A project's blobs in an R2 bucket, as `{slug}/{digest}`. R2 checks the digest itself. */
export function openR2(bucket: R2Bucket, slug: string): BlobStore {
  const keyOf = (digest: string): string => `${slug}/${requireDigest(digest)}`;

  async function put(body: Body, { digest, size, limit }: PutOptions): Promise<StoredAs> {
    if (size !== undefined && size > limit) throw new BlobTooLargeError(limit);
    if (body instanceof Uint8Array || size === undefined || (digest === undefined && size <= IN_MEMORY)) {
      const bytes = body instanceof Uint8Array ? body : await gather(body, Math.min(limit, IN_MEMORY));
      if (bytes.byteLength > limit) throw new BlobTooLargeError(limit);
      if (size !== undefined && size !== bytes.byteLength) throw new BlobSizeError(size, bytes.byteLength);
      const actual = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
      if (digest !== undefined && digest !== actual) throw new BlobDigestError(digest, actual);
      await bucket.put(keyOf(actual), bytes, { sha256: actual });
      return { digest: actual, size: bytes.byteLength };
    }
    if (digest !== undefined) {
      await putChecked(bucket, keyOf(digest), (to) => body.pipeTo(to), { digest, size });
      return { digest, size };
    }
    return { digest: await putUnnamed(bucket, keyOf, body, size, slug), size };
  }

  async function get(digest: string, range?: ByteRange): Promise<StoredBlob | null> {
    const part = range && { range: { offset: range.start, length: range.end - range.start + 1 } };
    const object = await bucket.get(keyOf(digest), part);
    return object && { body: object.body, size: object.size };
  }

  async function list(after: string | null, most: number): Promise<BlobPage> {
    const prefix = `${slug}/`;
    const page = await bucket.list({
      prefix,
      limit: Math.min(most, 1000),
      ...(after === null ? {} : { startAfter: prefix + after }),
    });
    const blobs = page.objects.map(({ key, size }) => ({ digest: key.slice(prefix.length), size }));
    return { blobs, next: page.truncated ? (blobs.at(-1)?.digest ?? null) : null };
  }

  return {
    put,
    get,
    list,
    size: async (digest) => (await bucket.head(keyOf(digest)))?.size ?? null,
    delete: async (digests) => {
      for (let i = 0; i < digests.length; i += 1000) await bucket.delete(digests.slice(i, i + 1000).map(keyOf));
    },
    parts: openR2Parts(bucket, slug, keyOf),
  };
}

/** R2 has no rename: what is large and comes without its digest is stored aside, hashed meanwhile, and copied under its name. */
async function putUnnamed(
  bucket: R2Bucket,
  keyOf: (digest: string) => string,
  body: ReadableStream<Uint8Array>,
  size: number,
  slug: string,
): Promise<string> {
  const aside = `_incoming/${slug}/${crypto.randomUUID()}`;
  const [hashed, stored] = body.tee();
  const hash = new crypto.DigestStream('SHA-256');
  try {
    await Promise.all([hashed.pipeTo(hash), bucket.put(aside, stored.pipeThrough(new FixedLengthStream(size)))]);
    const digest = toHex(new Uint8Array(await hash.digest));
    const copy = await bucket.get(aside);
    if (!copy) throw new Error('what was just stored in R2 is not there');
    await putChecked(bucket, keyOf(digest), (to) => copy.body.pipeTo(to), { digest, size });
    return digest;
  } finally {
    await bucket.delete(aside);
  }
}

async function gather(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw new BlobTooLargeError(limit);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
