import { createHash } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { type Artifact, putArtifact } from '@tidemark/api/contract/artifacts';
import {
  beginArtifact,
  completeUpload,
  confirmPart,
  putPart,
  signPart,
  type Upload,
} from '@tidemark/api/contract/uploads';
import type { Client } from '../../call.ts';
import { ApiError } from '../../errors.ts';
import { digestFile } from './digest-file.ts';
import { inParallel } from './in-parallel.ts';
import { persist, type TransferOptions } from './transfer.ts';

/** Below this a question whether the bytes are there costs more than the bytes. */
const AT_ONCE = 1 << 20;
const IN_MEMORY = 96 << 20;

export interface FileUpload extends TransferOptions {
  readonly run: string;
  readonly path: string;
  readonly file: string;
  readonly contentType?: string | undefined;
}

/**
 * Stores a file as a run's artifact. What the server has is not sent, by its digest; a larger file goes in parts, and goes on where an
 * earlier try, of whomever, was cut off. Parts go straight to the store where it lets them, else through the server.
 * @returns the artifact, and how many bytes were sent
 * @throws what `Client.call` throws, when its tries are used up
 */
export async function uploadFile(client: Client, given: FileUpload): Promise<{ artifact: Artifact; sent: number }> {
  const { run, path, file, contentType = 'application/octet-stream', signal, onBytes } = given;
  const { digest, size } = await digestFile(file);
  const params = { id: run, path };
  const whole = async () => {
    const bytes = await readFile(file);
    const headers = { 'content-type': contentType, 'content-digest': header(digest) };
    const artifact = await persist(given, () => client.call(putArtifact, { params, body: bytes }, { headers, signal }));
    onBytes?.(size);
    return { artifact, sent: size };
  };
  if (size <= AT_ONCE) return whole();
  let sent = 0;
  for (let tries = 1; ; tries++) {
    const body = { digest, size, contentType };
    const { artifact, upload } = await persist(given, () => client.call(beginArtifact, { params, body }, { signal }));
    if (artifact) {
      if (sent === 0) onBytes?.(size);
      return { artifact, sent };
    }
    if (!upload) return whole();
    try {
      sent += await sendParts(client, given, upload);
      await persist(given, () => client.call(completeUpload, { params: { digest } }, { signal, timeoutSeconds: 0 }));
    } catch (error) {
      // Somebody gave it up meanwhile, or it was completed by another: the next offer says which.
      if (!(error instanceof ApiError) || error.code !== 'not_found' || tries >= 3) throw error;
    }
  }
}

const header = (digest: string): string => `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`;

/** @returns bytes sent */
async function sendParts(client: Client, given: FileUpload, upload: Upload): Promise<number> {
  const { size, partSize } = upload;
  const there = new Map(upload.parts.map((part) => [part.part, part.size]));
  const count = Math.ceil(size / partSize);
  const missing = Array.from({ length: count }, (_, i) => i + 1).filter((part) => !there.has(part));
  const arrived = [...there.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (arrived > 0) given.onBytes?.(arrived);
  let sent = 0;
  let direct = upload.direct;
  const file = await open(given.file);
  try {
    await inParallel(missing, Math.max(1, Math.min(3, Math.floor(IN_MEMORY / partSize))), async (part) => {
      given.signal?.throwIfAborted();
      const bytes = await readPart(file, (part - 1) * partSize, Math.min(partSize, size - (part - 1) * partSize));
      const digest = createHash('sha256').update(bytes).digest('hex');
      const params = { digest: upload.digest, part };
      if (direct && !(await sendDirect(client, given, params, digest, bytes))) direct = false;
      if (!direct) {
        const headers = { 'content-digest': header(digest) };
        const { signal } = given;
        await persist(given, () => client.call(putPart, { params, body: bytes }, { headers, signal }));
      }
      sent += bytes.length;
      given.onBytes?.(bytes.length);
    });
  } finally {
    await file.close();
  }
  return sent;
}

/** Straight to the store; false when it cannot be reached or does not take it, and the server must. */
async function sendDirect(
  client: Client,
  given: FileUpload,
  params: { digest: string; part: number },
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const { signal } = given;
  const { url, headers } = await persist(given, () => client.call(signPart, { params, body: { digest } }, { signal }));
  const answer = await fetch(url, { method: 'PUT', headers, body: bytes, signal: signal ?? null }).catch(() => null);
  signal?.throwIfAborted();
  const receipt = answer?.headers.get('etag');
  await answer?.body?.cancel();
  if (!answer?.ok || !receipt) return false;
  await persist(given, () => client.call(confirmPart, { params, body: { digest, receipt } }, { signal }));
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
