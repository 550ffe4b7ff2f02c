import { createHash } from 'node:crypto';
import {
  BlobDigestError,
  BlobSizeError,
  type PartPlace,
  type PartStore,
  type ReceivedPart,
  type SignedRequest,
  type StoredAs,
} from '../blobs/store.ts';
import { checked } from './hashed.ts';
import { escapeXml, type S3Client, succeeded, tagOf } from './s3-client.ts';
import { copyObject } from './s3-copy.ts';

interface Upload {
  readonly key: string;
  readonly id: string;
}

interface S3Parts extends PartStore {
  /** The three steps of S3's own multipart upload. */
  open(key: string): Promise<string>;
  send(upload: Upload, part: number, bytes: Uint8Array): Promise<string>;
  join(upload: Upload, etags: readonly string[]): Promise<string>;
  signed(handle: string, place: PartPlace, seconds: number): Promise<SignedRequest>;
}

interface Keys {
  keyOf(digest: string): string;
  aside(): string;
}

/**
 * S3's multipart uploads, under another name than the blob's until the whole is known to be right. S3 knows the SHA-256 of parts only:
 * of one part that is the whole's; of more the server reads what it is about to show.
 */
export function openS3Parts(client: S3Client, bucket: string, { keyOf, aside }: Keys): S3Parts {
  // Only `begin` writes handles.
  const uploadOf = (handle: string): Upload => JSON.parse(handle) as Upload;
  const queryOf = ({ id }: Upload, part: number) => ({ partNumber: String(part), uploadId: id });

  async function open(key: string): Promise<string> {
    const headers = { 'x-amz-checksum-algorithm': 'SHA256' };
    const response = await client.send('POST', key, { query: { uploads: '' }, headers });
    return tagOf(await (await succeeded(response, 'begin an upload')).text(), 'UploadId')!;
  }

  async function join(upload: Upload, etags: readonly string[], digests?: readonly string[]): Promise<string> {
    const sum = (i: number) => (digests ? `<ChecksumSHA256>${base64(digests[i]!)}</ChecksumSHA256>` : '');
    const list = etags.map(
      (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag>${sum(i)}</Part>`,
    );
    const body = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${list.join('')}</CompleteMultipartUpload>`;
    const response = await client.send('POST', upload.key, { query: { uploadId: upload.id }, body });
    // An earlier try may have come this far.
    if (response.status === 404 && (await client.send('HEAD', upload.key)).ok) return '';
    const xml = await (await succeeded(response, 'join the parts')).text();
    if (tagOf(xml, 'ETag') === null) await succeeded(new Response(xml, { status: 500 }), 'join the parts');
    return xml;
  }

  async function requireWhole(upload: Upload, { digest, size }: StoredAs): Promise<void> {
    const response = await succeeded(await client.send('GET', upload.key), 'read what was joined');
    const hash = createHash('sha256');
    let count = 0;
    for await (const chunk of response.body ?? []) {
      count += chunk.byteLength;
      hash.update(chunk);
    }
    if (count !== size) throw new BlobSizeError(size, count);
    const actual = hash.digest('hex');
    if (actual !== digest) throw new BlobDigestError(digest, actual);
  }

  async function abort(handle: string): Promise<void> {
    const upload = uploadOf(handle);
    const response = await client.send('DELETE', upload.key, { query: { uploadId: upload.id } });
    await response.body?.cancel();
    // 405 and 501: a server that cannot. Its own clean-up must then find the parts.
    if (![404, 405, 501].includes(response.status)) await succeeded(response, 'give up an upload');
    await (await client.send('DELETE', upload.key)).body?.cancel();
  }

  return {
    open,
    join,
    abort,
    begin: async () => {
      const key = aside();
      return JSON.stringify({ key, id: await open(key) });
    },
    async send(upload, part, bytes) {
      const digest = createHash('sha256').update(bytes).digest('hex');
      const headers = { 'content-length': String(bytes.byteLength), 'x-amz-checksum-sha256': base64(digest) };
      const response = await client.send('PUT', upload.key, { query: queryOf(upload, part), headers, body: bytes });
      return (await succeeded(response, 'store a part')).headers.get('etag') ?? '';
    },
    async put(handle, { part, digest, size }, body) {
      const upload = uploadOf(handle);
      const headers = { 'content-length': String(size), 'x-amz-checksum-sha256': base64(digest) };
      let reason: unknown;
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield* checked(body, { digest, size, limit: size }).chunks;
        } catch (error) {
          reason = error;
          throw error;
        }
      };
      try {
        const response = await client.send('PUT', upload.key, {
          query: queryOf(upload, part),
          headers,
          body: ReadableStream.from(watched()),
        });
        return (await succeeded(response, 'store a part')).headers.get('etag') ?? '';
      } catch (error) {
        throw reason ?? error;
      }
    },
    async complete(handle, blob, parts) {
      const upload = uploadOf(handle);
      const xml = await join(
        upload,
        parts.map(({ receipt }) => receipt),
        parts.map(({ digest }) => digest),
      );
      if (!vouchedFor(xml, blob, parts)) await requireWhole(upload, blob);
      await copyObject(client, bucket, { from: upload.key, to: keyOf(blob.digest), size: blob.size });
      await (await client.send('DELETE', upload.key)).body?.cancel();
    },
    async signed(handle, { part, digest }, seconds) {
      const upload = uploadOf(handle);
      const headers = { 'x-amz-checksum-sha256': base64(digest) };
      return { url: await client.sign('PUT', upload.key, { query: queryOf(upload, part), headers }, seconds), headers };
    },
  };
}

const base64 = (digest: string): string => Buffer.from(digest, 'hex').toString('base64');

/** The store's word for a blob of one part: the SHA-256 of its only part's SHA-256, which a store says only when it checked it. */
function vouchedFor(xml: string, { digest }: StoredAs, parts: readonly ReceivedPart[]): boolean {
  if (parts.length !== 1 || parts[0]!.digest !== digest) return false;
  const composite = createHash('sha256').update(Buffer.from(digest, 'hex')).digest('base64');
  return tagOf(xml, 'ChecksumSHA256') === `${composite}-1`;
}
