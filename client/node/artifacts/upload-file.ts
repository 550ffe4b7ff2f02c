import { readFile } from 'node:fs/promises';
import { type Artifact, putArtifact } from '@tidemark/api/contract/artifacts';
import { beginArtifact } from '@tidemark/api/contract/uploads';
import type { Client } from '../../call.ts';
import { digestFile } from './digest-file.ts';
import { contentDigest, sendInParts } from './send-parts.ts';
import { persist, type TransferOptions } from './transfer.ts';

/** Below this a question whether the bytes are there costs more than the bytes. */
const AT_ONCE = 1 << 20;

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
    const headers = { 'content-type': contentType, 'content-digest': contentDigest(digest) };
    const artifact = await persist(given, () => client.call(putArtifact, { params, body: bytes }, { headers, signal }));
    onBytes?.(size);
    return { artifact, sent: size };
  };
  if (size <= AT_ONCE) return whole();
  const body = { digest, size, contentType };
  const again = <T>(call: () => Promise<T>) => persist(given, call);
  const begin = () => client.call(beginArtifact, { params, body }, { signal });
  const { offer, sent } = await sendInParts(client, { file, signal, onBytes, again }, begin);
  if (!offer.artifact) return whole();
  if (sent === 0) onBytes?.(size);
  return { artifact: offer.artifact, sent };
}
