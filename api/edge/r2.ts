import {
  BlobDigestError,
  type BlobStore,
  BlobTooLargeError,
  type ByteRange,
  type PutOptions,
  type StoredAs,
  type StoredBlob,
} from '../blobs/store.ts';
import { toHex } from '../hash.ts';

/** Up to this many bytes are held in memory when their digest or their number is not known beforehand. */
const IN_MEMORY = 16 * 2 ** 20;

/** A project's blobs in an R2 bucket, as `{slug}/{digest}`. R2 checks the digest itself. */
export function openR2(bucket: R2Bucket, slug: string): BlobStore {
  const keyOf = (digest: string): string => `${slug}/${digest}`;

  async function put(
    body: ReadableStream<Uint8Array> | Uint8Array,
    { digest, size, limit }: PutOptions,
  ): Promise<StoredAs> {
    if (size !== undefined && size > limit) throw new BlobTooLargeError(limit);
    if (body instanceof Uint8Array || size === undefined || (digest === undefined && size <= IN_MEMORY)) {
      const bytes = body instanceof Uint8Array ? body : await gather(body, Math.min(limit, IN_MEMORY));
      const actual = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
      if (digest !== undefined && digest !== actual) throw new BlobDigestError(digest, actual);
      await bucket.put(keyOf(actual), bytes, { sha256: actual });
      return { digest: actual, size: bytes.byteLength };
    }
    if (digest !== undefined) {
      await putChecked(bucket, keyOf(digest), body.pipeThrough(new FixedLengthStream(size)), digest);
      return { digest, size };
    }
    return { digest: await putUnnamed(bucket, keyOf, body, size, slug), size };
  }

  async function get(digest: string, range?: ByteRange): Promise<StoredBlob | null> {
    const part = range && { range: { offset: range.start, length: range.end - range.start + 1 } };
    const object = await bucket.get(keyOf(digest), part);
    return object && { body: object.body, size: object.size };
  }

  return {
    put,
    get,
    has: async (digest) => (await bucket.head(keyOf(digest))) !== null,
    delete: async (digests) => bucket.delete(digests.map(keyOf)),
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
  const aside = `incoming/${slug}/${crypto.randomUUID()}`;
  const [hashed, stored] = body.tee();
  const hash = new crypto.DigestStream('SHA-256');
  try {
    await Promise.all([hashed.pipeTo(hash), bucket.put(aside, stored.pipeThrough(new FixedLengthStream(size)))]);
    const digest = toHex(new Uint8Array(await hash.digest));
    const copy = await bucket.get(aside);
    if (!copy) throw new Error('what was just stored in R2 is not there');
    await putChecked(bucket, keyOf(digest), copy.body, digest);
    return digest;
  } finally {
    await bucket.delete(aside);
  }
}

async function putChecked(bucket: R2Bucket, key: string, body: ReadableStream, digest: string): Promise<void> {
  try {
    await bucket.put(key, body, { sha256: digest });
  } catch (error) {
    // 10037 is R2's BadDigest.
    if (error instanceof Error && /10037|checksum|BadDigest/i.test(error.message))
      throw new BlobDigestError(digest, null);
    throw error;
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
