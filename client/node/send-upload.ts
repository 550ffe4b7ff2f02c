import { createHash } from 'node:crypto';
import { putArtifact, putBlob } from '@tidemark/api/contract/artifacts';
import { saveEnvironment } from '@tidemark/api/contract/environment';
import { saveMedia } from '@tidemark/api/contract/media';
import type { Client } from '../call.ts';
import type { Journal } from './journal.ts';
import type { Session, Upload } from './record.ts';

/**
 * Sends what goes beside the points. Twice is harmless: bytes are stored once, and the rest replaces itself. Bytes that are gone were sent
 * before, or never came to the disk. @throws ApiError, NetworkError
 */
export async function sendUpload(client: Client, journal: Journal, session: Session, upload: Upload): Promise<void> {
  const id = journal.opening.create.id!;
  const headers = { 'tidemark-lease': `${session.attempt}.${session.token}` };
  if (upload.kind === 'environment') {
    await client.call(saveEnvironment, { params: { id }, body: upload.environment }, { headers });
  } else if (upload.kind === 'media') {
    for (const digest of upload.digests) {
      const body = journal.blob(digest);
      if (body) await client.call(putBlob, { params: { digest }, body });
    }
    await client.call(saveMedia, { params: { id }, body: { items: [upload.item] } }, { headers });
  } else {
    const { path, contentType, digest } = upload;
    const body = journal.blob(digest);
    if (!body) return;
    const sum = createHash('sha256').update(body).digest();
    if (sum.toString('hex') !== digest) return;
    await client.call(
      putArtifact,
      { params: { id, path }, body },
      { headers: { ...headers, 'content-type': contentType, 'content-digest': `sha-256=:${sum.toString('base64')}:` } },
    );
  }
}
