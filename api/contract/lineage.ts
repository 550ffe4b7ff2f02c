import * as z from 'zod';
import { RunId, Sha256 } from './common.ts';
import { route } from './route.ts';

/** A run as lineage names it. */
export const RunBrief = z
  .object({ id: RunId, experiment: z.string(), ordinal: z.int(), name: z.string(), status: z.string() })
  .meta({ id: 'RunBrief' });
/** A registered version of a model. */
export const ModelVersionBrief = z.object({ model: z.string(), version: z.int() }).meta({ id: 'ModelVersionBrief' });

export const runLineage = route({
  method: 'GET',
  path: '/runs/{id}/lineage',
  tag: 'runs',
  scope: 'read',
  status: 200,
  summary: 'Where a run comes from (dataset, what it started from, the run it is a rerun of) and what came of it.',
  params: z.object({ id: RunId }),
  response: z.object({
    run: RunBrief,
    /** `cats@3`; null: none that is registered. */
    dataset: z.string().nullable(),
    /** What its weights started from, and where the same bytes are known: runs’ checkpoints and versions of models. */
    init: z
      .object({
        from: z.string(),
        digest: Sha256.nullable(),
        runs: z.array(RunBrief),
        models: z.array(ModelVersionBrief),
      })
      .nullable(),
    clonedFrom: RunBrief.nullable(),
    checkpoints: z.array(
      z.object({
        step: z.int(),
        digest: Sha256,
        models: z.array(ModelVersionBrief),
        /** Runs that started from it, at most 1,000. */
        runs: z.array(RunBrief),
      }),
    ),
    /** Versions of models that were made from it. */
    models: z.array(ModelVersionBrief),
    clones: z.array(RunBrief),
  }),
  errors: ['not_found'],
});
export const lineageRoutes = { runLineage };
