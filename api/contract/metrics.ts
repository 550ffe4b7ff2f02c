import * as z from 'zod';
import { List, MetricKey, MetricValue, Millis, RunId, Step } from './common.ts';
import { route } from './route.ts';
import { ConsoleStream, LineLevel, Progress } from './runs.ts';

/** Points of one key, in columns of equal length. Times in milliseconds by the writer's clock. */
export const SeriesIn = z
  .object({
    key: MetricKey,
    steps: z.array(Step).max(100_000),
    times: z.array(Millis).max(100_000),
    values: z.array(MetricValue).max(100_000),
  })
  .refine(
    (s) => s.steps.length === s.times.length && s.steps.length === s.values.length,
    'steps, times and values have equal lengths',
  )
  .meta({ id: 'SeriesIn' });
export type SeriesIn = z.output<typeof SeriesIn>;

export const LineIn = z.object({
  at: Millis,
  level: LineLevel.default('info'),
  stream: ConsoleStream.default('log'),
  text: z.string().max(8192),
});

/** What a log call carries. Sequence numbers count calls' worth of entries: a batch covers firstSeq … lastSeq. */
export const logFields = {
  series: z.array(SeriesIn).max(20_000).default([]),
  lines: z.array(LineIn).max(5000).default([]),
  progress: Progress.optional(),
};

/** What the server answers to whoever writes a run. */
export const LiveReply = z
  .object({
    ackedSeq: z.int(),
    cancel: z.boolean(),
    prune: z.boolean(),
    drain: z.boolean(),
    leaseSeconds: z.number(),
    nextSeconds: z.number(),
  })
  .meta({ id: 'LiveReply' });
export type LiveReply = z.output<typeof LiveReply>;

export const logRun = route({
  method: 'POST',
  path: '/runs/{id}/log',
  tag: 'metrics',
  scope: 'write',
  status: 200,
  summary:
    'Log to a run that its own script writes. With attempt, token and sequence numbers a repeated call changes nothing; without, points are simply appended and take no number, so that several programs may log to one run.',
  params: z.object({ id: RunId }),
  body: z.strictObject({
    attempt: z.int().optional(),
    token: z.string().optional(),
    firstSeq: z.int().min(1).optional(),
    lastSeq: z.int().min(1).optional(),
    ...logFields,
  }),
  response: LiveReply,
  errors: ['invalid_request', 'not_found', 'stale_attempt', 'conflict', 'too_large'],
});

export const Axis = z.enum(['step', 'epoch', 'wall', 'relative']);

/**
 * One series as drawn. `exact`: every point in range, in columns x, step, time, value. Otherwise buckets of the reply's one grid,
 * in columns x (of the bucket's last point), count, first, last, min, max, mean (finite values only; null: none),
 * and how many were NaN, +Infinity, −Infinity (left out where all are 0).
 */
const Column = z.array(z.number());
const ValueColumn = z.array(MetricValue);
export const SeriesOut = z
  .object({
    run: RunId,
    key: z.string(),
    total: z.int(),
    shown: z.int(),
    exact: z.boolean(),
    x: Column,
    step: z.array(z.int()),
    time: z.array(z.int()),
    value: ValueColumn,
    count: z.array(z.int()).optional(),
    first: ValueColumn.optional(),
    min: z.array(z.number().nullable()).optional(),
    max: z.array(z.number().nullable()).optional(),
    mean: z.array(z.number().nullable()).optional(),
    nan: z.array(z.int()).optional(),
    positiveInfinity: z.array(z.int()).optional(),
    negativeInfinity: z.array(z.int()).optional(),
  })
  .meta({ id: 'SeriesOut', description: 'value is the bucket’s last value when not exact' });
export type SeriesOut = z.output<typeof SeriesOut>;

export const readMetrics = route({
  method: 'GET',
  path: '/metrics',
  tag: 'metrics',
  scope: 'read',
  status: 200,
  summary:
    'Many runs × keys in one reply, downsampled on one bucket grid to `points` a series, exact when a series has no more than that in range.',
  query: z.object({
    runs: List.pipe(z.array(RunId).min(1).max(200)),
    keys: List.pipe(z.array(z.string().min(1).max(250)).min(1).max(200)),
    points: z.coerce.number().int().min(2).max(5000).default(500),
    axis: Axis.default('step'),
    from: z.coerce.number().optional(),
    to: z.coerce.number().optional(),
  }),
  response: z.object({
    axis: Axis,
    /** The grid: bucket i covers [origin + i·width, origin + (i+1)·width); null when every series is exact. */
    grid: z.object({ origin: z.number(), width: z.number(), count: z.int() }).nullable(),
    series: z.array(SeriesOut),
    /** Runs that the axis cannot place (no `epoch` logged). */
    unplaced: z.array(RunId),
  }),
  errors: ['invalid_request', 'not_found'],
});

const HistoryFormat = z.enum(['ndjson', 'csv', 'arrow']);

export const readHistory = route({
  method: 'GET',
  path: '/runs/{id}/history',
  tag: 'metrics',
  scope: 'read',
  status: 200,
  summary:
    'Every visible point of a run, streamed as `key, step, time, value`: a JSON object a line, CSV with a header, or Apache Arrow’s stream format (key utf8, step int64, time timestamp, value float64). Points of one key come in the order logged; keys take turns. Without `keys`, all of them.',
  params: z.object({ id: RunId }),
  query: z.object({
    keys: List.pipe(z.array(z.string().min(1).max(250)).min(1).max(200)).optional(),
    format: HistoryFormat.default('ndjson'),
    /** Steps, both ends included. */
    from: z.coerce.number().optional(),
    to: z.coerce.number().optional(),
  }),
  response: 'bytes',
  errors: ['invalid_request', 'not_found'],
});
export const metricRoutes = { logRun, readMetrics, readHistory };
