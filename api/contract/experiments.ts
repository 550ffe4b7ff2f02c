import * as z from 'zod';
import { ExperimentId, Flag, MetricKey, Millis, Name } from './common.ts';
import { route } from './route.ts';
import { RunStatus } from './runs.ts';

export const Experiment = z
  .object({
    id: z.int(),
    name: z.string(),
    /** For links: the name in lower case with dashes. */
    slug: z.string(),
    createdAt: Millis,
    archivedAt: Millis.nullable(),
    /** The metric its tables and tide line show first; null: the checkpoints' monitor. */
    primaryMetric: z.object({ key: z.string(), mode: z.enum(['min', 'max']) }).nullable(),
    runs: z.int(),
    byStatus: z.partialRecord(RunStatus, z.int()),
    lastActivityAt: Millis,
    /** The best value of the primary metric over its finished and running runs. */
    best: z.object({ run: z.string(), ordinal: z.int(), key: z.string(), value: z.number(), step: z.int() }).nullable(),
  })
  .meta({ id: 'Experiment' });
export type Experiment = z.output<typeof Experiment>;

const params = z.object({ id: ExperimentId });
const tag = 'experiments';

export const createExperiment = route({
  method: 'POST',
  path: '/experiments',
  tag,
  scope: 'write',
  status: 201,
  summary: 'Create an experiment. A name that exists is a conflict.',
  body: z.strictObject({ name: Name }),
  response: Experiment,
  errors: ['invalid_request', 'conflict'],
});
export const listExperiments = route({
  method: 'GET',
  path: '/experiments',
  tag,
  scope: 'read',
  status: 200,
  summary: 'All experiments, the most recently active first.',
  query: z.object({ archived: Flag.optional(), name: z.string().optional() }),
  response: z.object({ experiments: z.array(Experiment) }),
  errors: [],
});
export const getExperiment = route({
  method: 'GET',
  path: '/experiments/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One experiment.',
  params,
  response: Experiment,
  errors: ['not_found'],
});
export const updateExperiment = route({
  method: 'PATCH',
  path: '/experiments/{id}',
  tag,
  scope: 'write',
  status: 200,
  ifMatch: true,
  summary: 'Rename, archive or restore an experiment, or set its primary metric.',
  params,
  body: z.strictObject({
    name: Name.optional(),
    archived: z.boolean().optional(),
    primaryMetric: z
      .object({ key: MetricKey, mode: z.enum(['min', 'max']) })
      .nullable()
      .optional(),
  }),
  response: Experiment,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const experimentKeys = route({
  method: 'GET',
  path: '/experiments/{id}/keys',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The metric and param keys of its runs with counts, and which params vary.',
  params,
  query: z.object({ q: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(200) }),
  response: z.object({
    metrics: z.array(z.object({ key: z.string(), runs: z.int() })),
    params: z.array(z.object({ key: z.string(), runs: z.int(), varies: z.boolean() })),
  }),
  errors: ['not_found'],
});
export const experimentRoutes = { createExperiment, listExperiments, getExperiment, updateExperiment, experimentKeys };
