import * as z from 'zod';
import { Artifact } from './artifacts.ts';
import { ArtifactPath, Empty, Millis, RunId, Sha256 } from './common.ts';
import { route } from './route.ts';

const UploadPart = z
  .object({
    /** From 1. */
    part: z.int().min(1),
    /** Of the part’s bytes. */
    digest: Sha256,
    size: z.int(),
  })
  .meta({ id: 'UploadPart' });

export const Upload = z
  .object({
    /** Of the whole. */
    digest: Sha256,
    size: z.int(),
    /** Bytes of each part but the last, at most 64 MiB. */
    partSize: z.int(),
    /** What has arrived. */
    parts: z.array(UploadPart),
    /** Parts may go straight to the store, by signed addresses. */
    direct: z.boolean(),
    /** When it is given up if nobody goes on with it. */
    expiresAt: Millis,
  })
  .meta({ id: 'Upload' });
export type Upload = z.output<typeof Upload>;

const UploadOffer = z.object({ stored: z.boolean(), upload: Upload.nullable() });
export type UploadOffer = z.output<typeof UploadOffer>;

const Size = z
  .int()
  .min(0)
  .max(2 ** 50);
const digest = z.object({ digest: Sha256 });
const part = z.object({ digest: Sha256, part: z.coerce.number().int().min(1).max(10_000) });
const tag = 'artifacts';
const common = { tag, scope: 'write', workerToo: true, restricted: 'shared', status: 200 } as const;

export const beginArtifact = route({
  ...common,
  method: 'POST',
  path: '/runs/{id}/artifacts/{path+}/parts',
  summary:
    'Store an artifact by its digest alone if its bytes are there, else begin or go on with sending them in parts.',
  params: z.object({ id: RunId, path: ArtifactPath }),
  body: z.strictObject({ digest: Sha256, size: Size, contentType: z.string().min(1).max(200).optional() }),
  response: UploadOffer.extend({ artifact: Artifact.nullable() }),
  errors: ['invalid_request', 'not_found', 'conflict', 'stale_attempt', 'too_large'],
});
export const beginUpload = route({
  ...common,
  method: 'POST',
  path: '/blobs/{digest}/parts',
  summary: 'Begin to send bytes in parts, or go on: what is stored is not sent, nor what has arrived.',
  params: digest,
  body: z.strictObject({ size: Size }),
  response: UploadOffer,
  errors: ['invalid_request', 'conflict', 'too_large'],
});
export const getUpload = route({
  ...common,
  method: 'GET',
  path: '/blobs/{digest}/parts',
  summary: 'Which parts have arrived.',
  params: digest,
  response: Upload,
  errors: ['not_found'],
});
export const putPart = route({
  ...common,
  method: 'PUT',
  path: '/blobs/{digest}/parts/{part}',
  summary: 'Send one part, with its own digest in `Content-Digest`.',
  params: part,
  body: 'bytes',
  response: UploadPart,
  errors: ['invalid_request', 'not_found', 'too_large'],
});
export const signPart = route({
  ...common,
  method: 'POST',
  path: '/blobs/{digest}/parts/{part}/sign',
  summary: 'An address in the store itself for one part, good for an hour. Its answer’s ETag is what to confirm with.',
  params: part,
  body: z.strictObject({ digest: Sha256 }),
  response: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }),
  errors: ['not_found', 'conflict'],
});
export const confirmPart = route({
  ...common,
  method: 'POST',
  path: '/blobs/{digest}/parts/{part}/confirm',
  summary: 'Say that a part was sent to its signed address.',
  params: part,
  body: z.strictObject({ digest: Sha256, receipt: z.string().min(1).max(500) }),
  response: UploadPart,
  errors: ['not_found'],
});
export const completeUpload = route({
  ...common,
  method: 'POST',
  path: '/blobs/{digest}/complete',
  summary: 'Join the parts and check the whole. Again is success.',
  params: digest,
  response: z.object({ digest: Sha256, size: z.int() }),
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const abortUpload = route({
  ...common,
  method: 'DELETE',
  path: '/blobs/{digest}/parts',
  summary: 'Give an upload up, and what has arrived.',
  params: digest,
  response: Empty,
  errors: ['not_found'],
});
export const uploadRoutes = {
  beginArtifact,
  beginUpload,
  getUpload,
  putPart,
  signPart,
  confirmPart,
  completeUpload,
  abortUpload,
};
