import * as z from 'zod';
import { ArtifactPath, Empty, Flag, Millis, NextCursor, RunId, Sha256 } from './common.ts';
import { route } from './route.ts';

export const Artifact = z
  .object({ path: z.string(), digest: Sha256, size: z.int(), contentType: z.string(), createdAt: Millis })
  .meta({ id: 'Artifact' });
export type Artifact = z.output<typeof Artifact>;

const params = z.object({ id: RunId, path: ArtifactPath });
/** `direct=true`: where the store has addresses of its own, the answer is a redirect to one. */
const direct = z.object({ direct: Flag.optional() });
const tag = 'artifacts';

/** Headers: `Content-Digest: sha-256=:BASE64:` is checked by the store; a lease holder adds `Tidemark-Lease: attempt.token`. */
export const putArtifact = route({
  method: 'PUT',
  path: '/runs/{id}/artifacts/{path+}',
  tag,
  scope: 'write',
  workerToo: true,
  status: 201,
  summary: 'Store an artifact. The same bytes again are success; other bytes replace it.',
  params,
  body: 'bytes',
  response: Artifact,
  errors: ['invalid_request', 'not_found', 'stale_attempt', 'too_large'],
});
export const getArtifact = route({
  method: 'GET',
  path: '/runs/{id}/artifacts/{path+}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'An artifact’s bytes, as a download; Range and If-None-Match are honoured.',
  params,
  query: direct,
  response: 'bytes',
  errors: ['not_found'],
});
export const listArtifacts = route({
  method: 'GET',
  path: '/runs/{id}/artifacts',
  tag,
  scope: 'read',
  status: 200,
  summary: 'A run’s artifacts by path.',
  params: z.object({ id: RunId }),
  query: z.object({
    prefix: z.string().max(1024).optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
    /** The path of the last one of the page before. */
    cursor: z.string().max(1024).optional(),
  }),
  response: z.object({ artifacts: z.array(Artifact), next: NextCursor }),
  errors: ['not_found'],
});
export const deleteArtifact = route({
  method: 'DELETE',
  path: '/runs/{id}/artifacts/{path+}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove an artifact.',
  params,
  response: Empty,
  errors: ['not_found'],
});
/** Content-addressed bytes of the project: checkpoints and dataset files. */
export const putBlob = route({
  method: 'PUT',
  path: '/blobs/{digest}',
  tag,
  scope: 'write',
  workerToo: true,
  restricted: 'shared',
  status: 201,
  summary: 'Store bytes under their digest, checked by the store. What is there already is not sent again.',
  params: z.object({ digest: Sha256 }),
  body: 'bytes',
  response: z.object({ digest: Sha256, size: z.int() }),
  errors: ['invalid_request', 'too_large'],
});
export const getBlob = route({
  method: 'GET',
  path: '/blobs/{digest}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Bytes by digest, with Range.',
  params: z.object({ digest: Sha256 }),
  query: direct,
  response: 'bytes',
  errors: ['not_found'],
});
export const artifactRoutes = { listArtifacts, putArtifact, getArtifact, deleteArtifact, putBlob, getBlob };
