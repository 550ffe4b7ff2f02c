import { readFile } from 'node:fs/promises';
import { putArtifact } from '@tidemark/api/contract/artifacts';
import { beginArtifact } from '@tidemark/api/contract/uploads';
import type { Client } from '@tidemark/client';
import { digestFile } from '@tidemark/client/node/artifacts/digest-file';
import { contentDigest, type PartsSource, sendInParts } from '@tidemark/client/node/artifacts/send-parts';
import { offered, WHOLE } from '@tidemark/client/node/artifacts/upload-blob';
import type { ArtifactUpload } from './spool-record.ts';

/** Stores an artifact of the run whose lease it is; one whose file has other bytes by now is left out. @throws what `again` throws */
export async function sendArtifact(
  client: Client,
  { run: id, lease }: { run: string; lease: string },
  { file, path, contentType, digest }: ArtifactUpload,
  { signal, again }: Pick<PartsSource, 'signal' | 'again'>,
): Promise<void> {
  const now = await digestFile(file);
  if (now.digest !== digest) return;
  const params = { id, path };
  const held = { 'tidemark-lease': lease };
  if (now.size > WHOLE) {
    const body = { ...now, contentType };
    const begin = () => client.call(beginArtifact, { params, body }, { signal, headers: held });
    const { offer } = await sendInParts(client, { file, signal, again }, () => offered(begin));
    if (offer.stored) return;
  }
  const body = await readFile(file);
  const headers = { ...held, 'content-type': contentType, 'content-digest': contentDigest(digest) };
  await again(() => client.call(putArtifact, { params, body }, { signal, headers }));
}
