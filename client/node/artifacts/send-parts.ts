import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  completeUpload,
  confirmPart,
  putPart,
  signPart,
  type Upload,
  type UploadOffer,
} from '@tidemark/api/contract/uploads';
import type { Client } from '../../call.ts';
import { ApiError } from '../../errors.ts';
import { inParallel } from './in-parallel.ts';

const IN_MEMORY = 96 << 20;

export interface PartsSource {
  readonly file: string;
  /** Where in the file the bytes begin; default 0. */
  readonly offset?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes that need not be moved any more. */
  readonly onBytes?: ((count: number) => void) | undefined;
  /** Makes a call again for as long as its caller wants; throws its last failure as it was. */
  readonly again: <T>(call: () => Promise<T>) => Promise<T>;
}

/**
 * Sends what an offer lacks, in parts that go on where an earlier try, of whomever, was cut off: straight to the store where it lets
 * them, else through the server.
 * @param begin asks for the offer, and again once its parts are joined
 * @returns the last offer, whose bytes are stored or are to be sent whole, and how many bytes were sent
 * @throws what `again` throws
 */
export async function sendInParts<Offer extends UploadOffer>(
  client: Client,
  source: PartsSource,
  begin: () => Promise<Offer>,
): Promise<{ offer: Offer; sent: number }> {
  const { signal, again } = source;
  let sent = 0;
  for (let tries = 1; ; tries++) {
    const offer = await again(begin);
    const { stored, upload } = offer;
    if (stored || !upload) return { offer, sent };
    const params = { digest: upload.digest };
    try {
      sent += await sendMissing(client, source, upload);
      await again(() => client.call(completeUpload, { params }, { signal, timeoutSeconds: 0 }));
    } catch (error) {
      // Somebody gave it up meanwhile, or it was completed by another: the next offer says which.
      if (!(error instanceof ApiError) || error.code !== 'not_found' || tries >= 3) throw error;
    }
  }
}

/** RFC 9530's `Content-Digest`. */
export const contentDigest = (digest: string): string => `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`;

/** @returns bytes sent */
async function sendMissing(client: Client, source: PartsSource, upload: Upload): Promise<number> {
  const { size, partSize } = upload;
  const { offset = 0 } = source;
  const there = new Map(upload.parts.map((part) => [part.part, part.size]));
  const count = Math.ceil(size / partSize);
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((part) => !there.has(part));
  const arrived = [...there.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (arrived > 0) source.onBytes?.(arrived);
  let sent = 0;
  let direct = upload.direct;
  const file = await open(source.file);
  try {
    await inParallel(missing, Math.max(1, Math.min(3, Math.floor(IN_MEMORY / partSize))), async (part) => {
      source.signal?.throwIfAborted();
      const bytes = await readPart(
        file,
        offset + (part - 1) * partSize,
        Math.min(partSize, size - (part - 1) * partSize),
      );
      const digest = createHash('sha256').update(bytes).digest('hex');
      const params = { digest: upload.digest, part };
      if (direct && !(await sendDirect(client, source, params, digest, bytes))) direct = false;
      if (!direct) {
        const headers = { 'content-digest': contentDigest(digest) };
        const { signal } = source;
        await source.again(() => client.call(putPart, { params, body: bytes }, { headers, signal }));
      }
      sent += bytes.length;
      source.onBytes?.(bytes.length);
    });
  } finally {
    await file.close();
  }
  return sent;
}

/** Straight to the store; false when it cannot be reached or does not take it, and the server must. */
async function sendDirect(
  client: Client,
  source: PartsSource,
  params: { digest: string; part: number },
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { signal, again } = source;
  const { url, headers } = await again(() => client.call(signPart, { params, body: { digest } }, { signal }));
  const answer = await fetch(url, { method: 'PUT', headers, body: bytes, signal: signal ?? null }).catch(() => null);
  signal?.throwIfAborted();
  const receipt = answer?.headers.get('etag');
  await answer?.body?.cancel();
  if (!answer?.ok || !receipt) return false;
  await again(() => client.call(confirmPart, { params, body: { digest, receipt } }, { signal }));
  return true;
}

async function readPart(file: FileHandle, offset: number, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    const { bytesRead } = await file.read(bytes, done, size - done, offset + done);
    if (bytesRead === 0) throw new Error('The file became shorter while it was sent.');
    done += bytesRead;
  }
  return bytes;
}
