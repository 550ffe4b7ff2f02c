import * as z from 'zod';
import { ExperimentId, Flag, List, NextCursor, ParamValue, RunId } from './common.ts';
import { route } from './route.ts';
import { RunStatus } from './runs.ts';

const tag = 'search';

/** What a field's numbers amount to over the runs of a group; values that are not finite are left out. */
export const Statistics = z
  .object({
    count: z.int(),
    mean: z.number(),
    /** The sample's (n − 1); null of a single value. */
    deviation: z.number().nullable(),
    /** Student's 95 % interval of the mean; null of a single value. */
    interval: z.tuple([z.number(), z.number()]).nullable(),
    min: z.number(),
    max: z.number(),
    /** In the order asked for, interpolated linearly. */
    quantiles: z.array(z.number()),
  })
  .meta({ id: 'Statistics' });

export const RunGroup = z
  .object({
    /** Of each field of `by`; null: not set. */
    by: z.array(ParamValue),
    runs: z.int(),
    byStatus: z.partialRecord(RunStatus, z.int()),
    /** Of each field of `values`, by its text as asked; null: no run has a number. */
    values: z.record(z.string(), Statistics.nullable()),
    /** The first registered, which the group takes its colour from. */
    oldest: z.object({ id: RunId, ordinal: z.int() }),
    /** `members` of `GET /runs`, with the same filter. */
    members: z.string(),
  })
  .meta({ id: 'RunGroup' });
export type RunGroup = z.output<typeof RunGroup>;

export const groupRuns = route({
  method: 'GET',
  path: '/groups',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'Runs in groups of equal fields (`by=params.model,params.lr`), with mean, sample standard deviation, 95 % interval, extremes and quantiles of ' +
    'others (`values=metrics.val_accuracy.max`). Sorted by `runs`, by fields of `by`, or by means of `values`; the largest groups first by default.',
  query: z.object({
    experiment: ExperimentId.optional(),
    filter: z.string().max(10_000).optional(),
    deleted: Flag.optional(),
    by: z.string().min(1).max(2000),
    values: z.string().max(2000).optional(),
    quantiles: List.pipe(z.array(z.string().transform(Number).pipe(z.number().min(0).max(1))).max(20)).default([
      0.25, 0.5, 0.75,
    ]),
    sort: z.string().max(1000).optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(20_000).optional(),
  }),
  response: z.object({ groups: z.array(RunGroup), next: NextCursor, total: z.int() }),
  errors: ['invalid_request'],
});

/** A key of a catalogue, or, in a tree, what keys have in common up to the next `/` or `.`. */
export const KeyRow = z
  .object({
    key: z.string(),
    /** How many runs have it; in a tree, how many have the commonest key under it. */
    runs: z.int(),
    /** Whether runs differ in it: in its value (a metric's last one), or in having it at all. */
    varies: z.boolean(),
    /** Keys that it stands for: more than one only in a tree. */
    keys: z.int(),
    /** Whether it is itself a key. */
    leaf: z.boolean(),
  })
  .meta({ id: 'KeyRow' });

export const listKeys = route({
  method: 'GET',
  path: '/keys',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'The metric, param or tag keys of an experiment’s or a filter’s runs, by name: by prefix, by any part (`q`), only those that vary, or one level of ' +
    'their tree under a prefix.',
  query: z.object({
    kind: z.enum(['metrics', 'params', 'tags']),
    experiment: ExperimentId.optional(),
    filter: z.string().max(10_000).optional(),
    prefix: z.string().max(250).optional(),
    /** Upper and lower case alike. */
    q: z.string().max(250).optional(),
    varies: Flag.optional(),
    /** One level: keys end at the first `/` or `.` behind the prefix. */
    tree: Flag.optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(2000).optional(),
    /** Also count all matches. */
    count: Flag.optional(),
  }),
  response: z.object({ keys: z.array(KeyRow), next: NextCursor, total: z.int().nullable() }),
  errors: ['invalid_request'],
});
export const searchRoutes = { groupRuns, listKeys };
