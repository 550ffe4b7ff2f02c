import * as z from 'zod';
import { ArtifactPath, Millis, NextCursor, Page, Sha256 } from './common.ts';
import { ModelVersionBrief, RunBrief } from './lineage.ts';
import { route } from './route.ts';

export const DatasetName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower-case letters, digits and . _ -');
export const DatasetFile = z
  .object({ path: ArtifactPath, digest: Sha256, size: z.int().min(0) })
  .meta({ id: 'DatasetFile' });

export const Dataset = z
  .object({
    id: z.int(),
    name: DatasetName,
    version: z.int(),
    /** Of the sorted manifest: two versions with the same files have the same digest. */
    digest: Sha256,
    state: z.enum(['uploading', 'ready']),
    files: z.int(),
    size: z.int(),
    createdAt: Millis,
    /** Images per folder: {"train/cats": 1000, …}. */
    folders: z.record(z.string(), z.int()),
    runs: z.int(),
  })
  .meta({ id: 'Dataset' });
export type Dataset = z.output<typeof Dataset>;

const ref = z.object({ ref: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}(@\d+)?$/) });
const tag = 'datasets';

export const createDataset = route({
  method: 'POST',
  path: '/datasets',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Register a version from a manifest of content digests. The same manifest again gives the same version. Answers which digests are missing (at most 1,000 at a time).',
  body: z.strictObject({ name: DatasetName, files: z.array(DatasetFile).min(1).max(100_000) }),
  response: z.object({ dataset: Dataset, missing: z.array(Sha256), missingCount: z.int() }),
  errors: ['invalid_request', 'too_large'],
});
export const commitDataset = route({
  method: 'POST',
  path: '/datasets/{ref}/commit',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Make a version ready once nothing is missing; otherwise answers what still is.',
  params: ref,
  response: z.object({ dataset: Dataset, missing: z.array(Sha256), missingCount: z.int() }),
  errors: ['not_found'],
});
export const listDatasets = route({
  method: 'GET',
  path: '/datasets',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Datasets, newest version first.',
  query: z.object({ name: z.string().optional() }),
  response: z.object({ datasets: z.array(Dataset) }),
  errors: [],
});
export const getDataset = route({
  method: 'GET',
  path: '/datasets/{ref}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One version: `name` (the newest ready one) or `name@3`.',
  params: ref,
  response: Dataset,
  errors: ['not_found'],
});
export const datasetFiles = route({
  method: 'GET',
  path: '/datasets/{ref}/files',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Its files by path; their bytes are at /blobs/{digest}.',
  params: ref,
  query: z.object({ ...Page, limit: z.coerce.number().int().min(1).max(10_000).default(5000) }),
  response: z.object({ files: z.array(DatasetFile), next: NextCursor }),
  errors: ['not_found'],
});
const Change = z
  .object({
    path: ArtifactPath,
    change: z.enum(['added', 'removed', 'changed']),
    /** Null where the version has no such file. */
    before: Sha256.nullable(),
    after: Sha256.nullable(),
    /** Where the same bytes stand in the other version, of a file that was added or removed. */
    moved: ArtifactPath.nullable(),
  })
  .meta({ id: 'DatasetChange' });
export type DatasetChange = z.output<typeof Change>;

export const datasetVersions = route({
  method: 'GET',
  path: '/datasets/{name}/versions',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The versions of one name, newest first.',
  params: z.object({ name: DatasetName }),
  query: z.object(Page),
  response: z.object({ versions: z.array(Dataset), next: NextCursor }),
  errors: ['invalid_request', 'not_found'],
});
export const diffDatasets = route({
  method: 'GET',
  path: '/datasets/{ref}/diff',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'What another version has otherwise, by path and by content: files added, removed, changed; images per folder.',
  params: ref,
  query: z.object({
    to: ref.shape.ref,
    ...Page,
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  response: z.object({
    from: Dataset,
    to: Dataset,
    /** Of the whole, with the first page only. `moved` files are among the added and the removed. */
    counts: z
      .object({
        added: z.int(),
        removed: z.int(),
        changed: z.int(),
        moved: z.int(),
        unchanged: z.int(),
        sizeBefore: z.int(),
        sizeAfter: z.int(),
      })
      .nullable(),
    /** Folders whose number of images differs: [before, after]. */
    folders: z.record(z.string(), z.tuple([z.int(), z.int()])),
    files: z.array(Change),
    next: NextCursor,
  }),
  errors: ['invalid_request', 'not_found'],
});
export const datasetLineage = route({
  method: 'GET',
  path: '/datasets/{ref}/lineage',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Runs that used a version, newest first, and the models that came of them.',
  params: ref,
  query: z.object(Page),
  response: z.object({
    dataset: Dataset,
    runs: z.array(RunBrief.extend({ models: z.array(ModelVersionBrief) }).meta({ id: 'DatasetUse' })),
    next: NextCursor,
  }),
  errors: ['invalid_request', 'not_found'],
});
export const datasetRoutes = {
  createDataset,
  commitDataset,
  listDatasets,
  getDataset,
  datasetFiles,
  datasetVersions,
  diffDatasets,
  datasetLineage,
};
