import * as z from 'zod';
import { Empty, ExperimentId, List, RunId } from './common.ts';
import { route } from './route.ts';

/** What an archive says of itself. */
export const ArchiveManifest = z
  .object({
    format: z.literal('tidemark-archive'),
    /** Of this format. */
    version: z.literal(1),
    /** Of the server it is from. */
    tidemark: z.string().max(64),
    /** The migrations of the database it is from: one that this server does not know makes the archive too new for it. */
    schema: z.array(z.string().max(200)).max(1000),
    scope: z.enum(['run', 'experiment', 'project']),
    createdAt: z.int(),
  })
  .meta({ id: 'ArchiveManifest' });
export type ArchiveManifest = z.output<typeof ArchiveManifest>;

const ImportId = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal characters');
export const ImportState = z
  .object({
    id: ImportId,
    state: z.enum(['open', 'done']),
    /** The page that comes next, from 1. */
    nextPage: z.int(),
  })
  .meta({ id: 'ImportState' });

const tag = 'archive';
const params = z.object({ id: ImportId });

export const exportManifest = route({
  method: 'GET',
  path: '/export/manifest',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'What an archive of this project says of itself.',
  query: z.object({ scope: ArchiveManifest.shape.scope.default('project') }),
  response: ArchiveManifest,
  errors: ['invalid_request'],
});
export const exportPage = route({
  method: 'GET',
  path: '/export',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'A page of an archive of some runs, of an experiment, or of the whole project, as lines of JSON.',
  query: z.object({
    runs: List.pipe(z.array(RunId).min(1).max(1000)).optional(),
    experiment: ExperimentId.optional(),
    cursor: z.string().max(10_000).optional(),
  }),
  response: 'bytes',
  errors: ['invalid_request', 'not_found'],
});
export const openImport = route({
  method: 'PUT',
  path: '/imports/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Begin to take an archive in, or learn how far it is. The same id again goes on.',
  params,
  body: z.strictObject({
    manifest: ArchiveManifest,
    /** `same`: runs keep their ids, and one that is here already is a conflict. `new`: all get new ones. */
    as: z.enum(['same', 'new']).default('same'),
  }),
  response: ImportState,
  errors: ['invalid_request', 'conflict'],
});
export const importPage = route({
  method: 'PUT',
  path: '/imports/{id}/pages/{page}',
  tag,
  scope: 'admin',
  status: 200,
  summary:
    'A page of the archive, as an export gave it. Pages come in order; one that was taken already changes nothing.',
  params: params.extend({ page: z.coerce.number().int().min(1) }),
  body: 'bytes',
  response: ImportState,
  errors: ['invalid_request', 'not_found', 'conflict', 'too_large'],
});
export const commitImport = route({
  method: 'POST',
  path: '/imports/{id}/commit',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Everything is here: make it visible, all at once. Until then nothing of it is. Again is success.',
  params,
  body: z.strictObject({
    /** How many pages there are. */
    pages: z.int().min(1),
  }),
  response: z.object({ runs: z.int(), kept: z.array(z.string()) }),
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const abortImport = route({
  method: 'DELETE',
  path: '/imports/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Give an import up: nothing of it stays.',
  params,
  response: Empty,
  errors: ['not_found', 'conflict'],
});

export const archiveRoutes = { exportManifest, exportPage, openImport, importPage, commitImport, abortImport };
