import * as z from 'zod';
import { ArtifactPath, Empty, Millis, NextCursor, Page, RunId, Sha256, Tags } from './common.ts';
import { ModelVersionBrief, RunBrief } from './lineage.ts';
import { route } from './route.ts';

/** `models:/NAME@ALIAS` and `models:/NAME/3` must be readable back: so no `/`, `:` or `@` in a name. */
export const ModelName = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}/:@]*$/u, 'one line without / : @');
/** Words that a reference would read otherwise are no aliases: `latest`, a number, `v3`. */
export const ModelAlias = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'letters, digits and _ . -')
  .refine((alias) => !/^(latest|v?\d+)$/i.test(alias), 'not `latest` and not a version’s number');
/** `3`, `@champion`, or `latest`: the newest version that is ready. */
export const ModelVersionRef = z.string().regex(/^(\d{1,9}|@[A-Za-z0-9_.-]{1,255}|latest)$/, '3, @alias or latest');

export const ModelStage = z.enum(['None', 'Staging', 'Production', 'Archived']);
const Description = z.string().max(100_000);
const version = z.int().min(1);

/** What a version's run was when the version was made: it stays true when the run is purged. */
export const ModelLineage = z
  .object({
    experiment: z.string().nullable(),
    ordinal: z.int().nullable(),
    runName: z.string().nullable(),
    /** `cats@3`. */
    dataset: z.string().nullable(),
    /** What the run started from, as its config says it, and the digest of those bytes. */
    init: z.object({ from: z.string(), digest: Sha256.nullable() }).nullable(),
    /** Of a checkpoint. */
    step: z.int().nullable(),
    epoch: z.number().nullable(),
    metrics: z.record(z.string(), z.number()),
  })
  .meta({ id: 'ModelLineage' });
export type ModelLineage = z.output<typeof ModelLineage>;

export const ModelVersion = z
  .object({
    model: z.string(),
    version,
    /** `checkpoint` and `artifact`: copies, by content, of a run's; `external`: bytes that are elsewhere. */
    kind: z.enum(['checkpoint', 'artifact', 'external']),
    /** `runs:/ID/checkpoints/120`, `runs:/ID/model`, or the address as it was given. */
    source: z.string(),
    run: RunId.nullable(),
    status: z.enum(['pending', 'ready', 'failed']),
    aliases: z.array(z.string()),
    description: z.string(),
    tags: Tags,
    /** MLflow’s stages, from before aliases. */
    stage: ModelStage,
    files: z.int(),
    size: z.int(),
    lineage: ModelLineage,
    createdAt: Millis,
    createdBy: z.string(),
    updatedAt: Millis,
  })
  .meta({ id: 'ModelVersion' });
export type ModelVersion = z.output<typeof ModelVersion>;

export const Model = z
  .object({
    id: z.int(),
    name: z.string(),
    /** Markdown. */
    description: z.string(),
    tags: Tags,
    aliases: z.array(z.object({ alias: z.string(), version })),
    versions: z.int(),
    latest: version.nullable(),
    createdAt: Millis,
    createdBy: z.string(),
    updatedAt: Millis,
  })
  .meta({ id: 'Model' });
export type Model = z.output<typeof Model>;

export const ModelFile = z
  .object({ path: ArtifactPath, digest: Sha256, size: z.int(), contentType: z.string() })
  .meta({ id: 'ModelFile' });
export type ModelFile = z.output<typeof ModelFile>;

export const ModelEvent = z
  .object({
    id: z.int(),
    at: Millis,
    actor: z.string(),
    /** `created`, `renamed`, `described`, `tagged`, `version`, `version_described`, `version_tagged`, `stage`, `alias`, `version_deleted`. */
    action: z.string(),
    version: version.nullable(),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'ModelEvent' });

const byName = z.object({ name: z.string().min(1).max(256) });
const byVersion = byName.extend({ version: ModelVersionRef });
const byAlias = byName.extend({ alias: z.string().min(1).max(255) });
const TagChanges = z.record(z.string().min(1).max(250), z.string().max(5000).nullable());
/** Deleting what an alias names is a conflict, unless the aliases may go too. */
const dropping = z.object({ aliases: z.enum(['keep', 'remove']).default('keep') });
const tag = 'models';

export const createModel = route({
  method: 'POST',
  path: '/models',
  tag,
  scope: 'write',
  status: 201,
  summary: 'Register a model: a name that versions will have.',
  body: z.strictObject({ name: ModelName, description: Description.optional(), tags: Tags.optional() }),
  response: Model,
  errors: ['invalid_request', 'conflict'],
});
export const listModels = route({
  method: 'GET',
  path: '/models',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Models by name; `q` finds a part of a name, a description or a tag’s value.',
  query: z.object({ q: z.string().max(250).optional(), ...Page }),
  response: z.object({ models: z.array(Model), next: NextCursor }),
  errors: ['invalid_request'],
});
export const getModel = route({
  method: 'GET',
  path: '/models/{name}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One model.',
  params: byName,
  response: Model,
  errors: ['not_found'],
});
export const updateModel = route({
  method: 'PATCH',
  path: '/models/{name}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Rename, describe, tag (null removes a tag).',
  params: byName,
  body: z.strictObject({
    name: ModelName.optional(),
    description: Description.optional(),
    tags: TagChanges.optional(),
  }),
  response: Model,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteModel = route({
  method: 'DELETE',
  path: '/models/{name}',
  tag,
  scope: 'write',
  status: 200,
  summary:
    'Delete a model with its versions. While an alias names one of them it is a conflict, unless `aliases=remove`.',
  params: byName,
  query: dropping,
  response: Empty,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const modelHistory = route({
  method: 'GET',
  path: '/models/{name}/history',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Who did what to a model, its versions and its aliases, newest first.',
  params: byName,
  query: z.object(Page),
  response: z.object({ events: z.array(ModelEvent), next: NextCursor }),
  errors: ['invalid_request', 'not_found'],
});
export const createModelVersion = route({
  method: 'POST',
  path: '/models/{name}/versions',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Register the next version: a checkpoint of a run, an artifact (a file or a folder) of a run, or an address elsewhere. ' +
    'Its bytes stay stored as long as the version does. `aliases` then name it.',
  params: z.object({ name: ModelName }),
  body: z.strictObject({
    source: z.union([
      z.strictObject({
        run: RunId,
        checkpoint: z.union([z.enum(['best', 'latest']), z.int().min(0)]),
      }),
      z.strictObject({ run: RunId, artifact: ArtifactPath }),
      z.strictObject({ uri: z.string().min(1).max(2048), run: RunId.optional() }),
    ]),
    description: Description.optional(),
    tags: Tags.optional(),
    aliases: z.array(ModelAlias).max(20).optional(),
    /** Register the model too, if there is none of that name. */
    createModel: z.boolean().default(false),
  }),
  response: ModelVersion,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const listModelVersions = route({
  method: 'GET',
  path: '/models/{name}/versions',
  tag,
  scope: 'read',
  status: 200,
  summary: 'A model’s versions, newest first.',
  params: byName,
  query: z.object({ run: RunId.optional(), stage: ModelStage.optional(), ...Page }),
  response: z.object({ versions: z.array(ModelVersion), next: NextCursor }),
  errors: ['invalid_request', 'not_found'],
});
export const getModelVersion = route({
  method: 'GET',
  path: '/models/{name}/versions/{version}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One version, by number, by alias (`@champion`), or `latest`; with the resolved config of its run.',
  params: byVersion,
  response: ModelVersion.extend({ config: z.record(z.string(), z.unknown()).nullable() }).meta({
    id: 'ModelVersionDetail',
  }),
  errors: ['not_found'],
});
export const updateModelVersion = route({
  method: 'PATCH',
  path: '/models/{name}/versions/{version}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Describe, tag (null removes a tag), or move to a stage.',
  params: byVersion,
  body: z.strictObject({
    description: Description.optional(),
    tags: TagChanges.optional(),
    stage: ModelStage.optional(),
  }),
  response: ModelVersion,
  errors: ['invalid_request', 'not_found'],
});
export const deleteModelVersion = route({
  method: 'DELETE',
  path: '/models/{name}/versions/{version}',
  tag,
  scope: 'write',
  status: 200,
  summary:
    'Delete a version; its number is not used again. While an alias names it it is a conflict, unless `aliases=remove`.',
  params: byVersion,
  query: dropping,
  response: Empty,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const modelFiles = route({
  method: 'GET',
  path: '/models/{name}/versions/{version}/files',
  tag,
  scope: 'read',
  status: 200,
  summary: 'A version’s files by path.',
  params: byVersion,
  query: z.object(Page),
  response: z.object({ files: z.array(ModelFile), next: NextCursor }),
  errors: ['invalid_request', 'not_found'],
});
export const downloadModel = route({
  method: 'GET',
  path: '/models/{name}/versions/{version}/download',
  tag,
  scope: 'read',
  status: 200,
  summary: 'A file’s bytes, with Range; `path` says which where a version has several.',
  params: byVersion,
  query: z.object({ path: ArtifactPath.optional() }),
  response: 'bytes',
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const modelLineage = route({
  method: 'GET',
  path: '/models/{name}/versions/{version}/lineage',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Where a version comes from (run, dataset, what the run started from) and what started from it.',
  params: byVersion,
  response: z.object({
    version: ModelVersion,
    run: RunBrief.nullable(),
    dataset: z.string().nullable(),
    /** Registered versions whose bytes the version's run started from. */
    parents: z.array(ModelVersionBrief),
    /** Runs that started from this version's bytes, newest first, at most 1,000. */
    runs: z.array(RunBrief),
  }),
  errors: ['not_found'],
});
export const setModelAlias = route({
  method: 'PUT',
  path: '/models/{name}/aliases/{alias}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Make an alias name a version, in one step: whoever reads it meanwhile gets the one or the other.',
  params: byName.extend({ alias: ModelAlias }),
  body: z.strictObject({
    version,
    /** Only if it names this version now (null: none): else a conflict. */
    expected: version.nullable().optional(),
  }),
  response: Model,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteModelAlias = route({
  method: 'DELETE',
  path: '/models/{name}/aliases/{alias}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Remove an alias; the version stays.',
  params: byAlias,
  response: Model,
  errors: ['not_found'],
});
export const modelRoutes = {
  createModel,
  listModels,
  getModel,
  updateModel,
  deleteModel,
  modelHistory,
  createModelVersion,
  listModelVersions,
  getModelVersion,
  updateModelVersion,
  deleteModelVersion,
  modelFiles,
  downloadModel,
  modelLineage,
  setModelAlias,
  deleteModelAlias,
};
