import * as z from 'zod';
import {
  ExperimentId,
  Flag,
  Label,
  List,
  MetricKey,
  MetricValue,
  Millis,
  Name,
  NextCursor,
  Page,
  Params,
  RunId,
  Sha256,
  Tags,
} from './common.ts';
import { Issue } from './errors.ts';
import { route } from './route.ts';

export const RunStatus = z.enum(['queued', 'running', 'cancelling', 'finished', 'pruned', 'failed', 'cancelled']);
export type RunStatus = z.output<typeof RunStatus>;

/** What a metric amounts to so far; values in JSON as MetricValue, min and max over finite values only (null: none yet). */
export const MetricSummary = z
  .object({
    count: z.int(),
    last: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
    lastStep: z.int(),
    min: z.number().nullable(),
    minStep: z.int().nullable(),
    max: z.number().nullable(),
    maxStep: z.int().nullable(),
  })
  .meta({ id: 'MetricSummary' });
export type MetricSummary = z.output<typeof MetricSummary>;

export const Progress = z
  .object({
    /** Epochs completed, of how many. */
    epoch: z.number().min(0),
    epochs: z.int().min(1),
    /** Optimizer steps done, of how many. */
    step: z.int().min(0),
    steps: z.int().min(0),
    phase: z.enum(['starting', 'data', 'training', 'validating', 'testing', 'uploading', 'done']).optional(),
    imagesPerSecond: z.number().optional(),
    etaSeconds: z.number().optional(),
  })
  .meta({ id: 'Progress' });
export type Progress = z.output<typeof Progress>;

export const RunError = z
  .object({ code: z.string().max(64), message: z.string().max(10_000) })
  .meta({ id: 'RunError' });

/** A run as tables show it. */
export const Run = z
  .object({
    id: RunId,
    experimentId: z.int(),
    experiment: z.string(),
    /** Its number in its experiment: `#17`, what people see and what colours it. */
    ordinal: z.int(),
    name: z.string(),
    status: RunStatus,
    /** `config`: queued for a worker. `sdk`: started by a script of its own. */
    origin: z.enum(['config', 'sdk']),
    createdAt: Millis,
    startedAt: Millis.nullable(),
    endedAt: Millis.nullable(),
    createdBy: z.string(),
    priority: z.int(),
    requires: z.array(Label),
    tags: Tags,
    note: z.string(),
    params: Params,
    metrics: z.record(z.string(), MetricSummary),
    progress: Progress.nullable(),
    /** The high-water mark: the monitored metric's best value and where. */
    best: z.object({ key: z.string(), mode: z.enum(['min', 'max']), value: z.number(), step: z.int() }).nullable(),
    attempt: z.int(),
    worker: z.object({ id: z.string(), name: z.string() }).nullable(),
    /** Why a queued run is not running yet, in words. */
    waits: z.string().nullable(),
    error: RunError.nullable(),
    clonedFrom: RunId.nullable(),
    parent: RunId.nullable(),
    /** Runs whose parent it is; those in the trash do not count. */
    children: z.int(),
    /** What runs equal but for their seeds have in common, or the name that was given; null: not known yet. */
    group: z.string().nullable(),
    deletedAt: Millis.nullable(),
    /** Only where a list was asked for it: the metric's course over steps in at most 24 buckets; null: never logged. */
    spark: z
      .object({ key: z.string(), step: z.array(z.int()), value: z.array(MetricValue) })
      .nullable()
      .optional(),
  })
  .meta({ id: 'Run' });
export type Run = z.output<typeof Run>;

export const LayerRow = z
  .object({ name: z.string(), type: z.string(), output: z.array(z.int()), parameters: z.int() })
  .meta({ id: 'LayerRow' });

export const Checkpoint = z
  .object({
    step: z.int(),
    epoch: z.number(),
    attempt: z.int(),
    digest: Sha256,
    size: z.int(),
    createdAt: Millis,
    metrics: z.record(z.string(), z.number()),
    /** Why it is kept: `best` (by the monitor), `latest`. */
    kept: z.array(z.enum(['best', 'latest'])),
  })
  .meta({ id: 'Checkpoint' });
export type Checkpoint = z.output<typeof Checkpoint>;

export const Attempt = z
  .object({
    attempt: z.int(),
    worker: z.object({ id: z.string(), name: z.string() }).nullable(),
    device: z.string().nullable(),
    startedAt: Millis,
    endedAt: Millis.nullable(),
    /** How it ended: null while it runs. */
    outcome: z
      .enum(['finished', 'pruned', 'failed', 'cancelled', 'lost', 'released', 'retried', 'superseded'])
      .nullable(),
    /** Points of earlier attempts are visible up to here. */
    resumeStep: z.int(),
  })
  .meta({ id: 'Attempt' });

/** Who did what to a run, and when. */
export const RunEvent = z
  .object({ id: z.int(), at: Millis, actor: z.string(), type: z.string(), detail: z.record(z.string(), z.unknown()) })
  .meta({ id: 'RunEvent' });

export const RunDetail = Run.extend({
  /** The document as it was sent, and with every default filled in; null for a script's own run. */
  config: z.object({ written: z.string(), resolved: z.record(z.string(), z.unknown()) }).nullable(),
  layers: z.array(LayerRow).nullable(),
  attempts: z.array(Attempt),
  checkpoints: z.array(Checkpoint),
  events: z.array(RunEvent),
}).meta({ id: 'RunDetail' });
export type RunDetail = z.output<typeof RunDetail>;

/** What a holder of a live run writes with: its attempt, and a token that only it knows. */
export const Session = z
  .object({ attempt: z.int(), token: z.string(), ackedSeq: z.int(), nextSeconds: z.number() })
  .meta({ id: 'Session' });

const params = z.object({ id: RunId });
const tag = 'runs';

export const createRun = route({
  method: 'POST',
  path: '/runs',
  tag,
  scope: 'write',
  status: 201,
  summary:
    'Register a run. With `config` it is validated whole and queued for a worker; without, it starts at once in the caller’s own hands. ' +
    'The same `id` again with the same content is success and changes nothing.',
  body: z.strictObject({
    id: RunId.optional(),
    experiment: Name.optional(),
    name: Name.optional(),
    /** A config as JSON, or the YAML text itself. */
    config: z.union([z.record(z.string(), z.unknown()), z.string().max(500_000)]).optional(),
    params: Params.optional(),
    tags: Tags.optional(),
    note: z.string().max(100_000).optional(),
    requires: z.array(Label).max(32).optional(),
    priority: z.int().min(-1000).max(1000).optional(),
    clonedFrom: RunId.optional(),
    /** The run that it is a part of: a sweep’s trial, a fold. */
    parent: RunId.optional(),
    /** Without, runs are one group when their params are equal but for seeds. */
    group: Name.optional(),
  }),
  /** `session` only for a run that started without a config. */
  response: RunDetail.extend({ session: Session.nullable() }),
  errors: ['invalid_request', 'conflict'],
});
export const validateConfig = route({
  method: 'POST',
  path: '/validate',
  tag,
  scope: 'read',
  status: 200,
  summary: 'What registration would say to a config, without registering it.',
  body: z.strictObject({ config: z.union([z.record(z.string(), z.unknown()), z.string().max(500_000)]) }),
  response: z.object({
    ok: z.boolean(),
    issues: z.array(Issue),
    resolved: z.record(z.string(), z.unknown()).nullable(),
    layers: z.array(LayerRow).nullable(),
  }),
  errors: ['invalid_request'],
});
export const listRuns = route({
  method: 'GET',
  path: '/runs',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'Runs by filter (`status = running and params.optimizer.learning_rate < 0.01 and metrics.val_loss.min < 0.5 and tags.team = "a"`), ' +
    'sort (`-metrics.val_accuracy.max,created`) and cursor. Newest first by default.',
  query: z.object({
    experiment: ExperimentId.optional(),
    ordinal: z.coerce.number().int().optional(),
    /** The last 4 to 32 characters of an id. */
    idTail: z
      .string()
      .regex(/^[0-9a-f]{4,32}$/)
      .optional(),
    filter: z.string().max(10_000).optional(),
    sort: z.string().max(1000).optional(),
    deleted: Flag.optional(),
    /** `members` of a group: only its runs. */
    members: z.string().max(10_000).optional(),
    /** `params.lr,metrics.val_loss,tags.team`: runs then hold these params, metrics and tags only. */
    columns: z.string().max(10_000).optional(),
    /** A metric, whose course every run then holds in at most 24 buckets. */
    spark: MetricKey.optional(),
    /** Also count all matches. */
    count: Flag.optional(),
    ...Page,
    /** Holds the last run's sort values, which may be long texts. */
    cursor: z.string().max(16_000).optional(),
  }),
  response: z.object({ runs: z.array(Run), next: NextCursor, total: z.int().nullable() }),
  errors: ['invalid_request'],
});
export const getRun = route({
  method: 'GET',
  path: '/runs/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One run, whole.',
  params,
  response: RunDetail,
  errors: ['not_found'],
});
export const updateRun = route({
  method: 'PATCH',
  path: '/runs/{id}',
  tag,
  scope: 'write',
  status: 200,
  ifMatch: true,
  summary:
    'Rename, note (Markdown), tag (null removes a tag), parent, group (null: by its params again), priority of a queued run.',
  params,
  body: z.strictObject({
    name: Name.optional(),
    note: z.string().max(100_000).optional(),
    tags: z.record(z.string().min(1).max(250), z.string().max(5000).nullable()).optional(),
    priority: z.int().min(-1000).max(1000).optional(),
    parent: RunId.nullable().optional(),
    group: Name.nullable().optional(),
  }),
  response: Run,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const cancelRun = route({
  method: 'POST',
  path: '/runs/{id}/cancel',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Cancel: a queued run at once; a running one is asked to stop, and becomes `cancelling`. Again is success.',
  params,
  response: Run,
  errors: ['not_found', 'conflict'],
});
export const cloneRun = route({
  method: 'POST',
  path: '/runs/{id}/clone',
  tag,
  scope: 'write',
  status: 201,
  summary: 'Register a new run with the same config.',
  params,
  body: z.strictObject({ name: Name.optional() }),
  response: RunDetail,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const deleteRun = route({
  method: 'DELETE',
  path: '/runs/{id}',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Move a run to the trash, where it stays 30 days. A live run must be cancelled first.',
  params,
  response: Run,
  errors: ['not_found', 'conflict'],
});
export const restoreRun = route({
  method: 'POST',
  path: '/runs/{id}/restore',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Take a run out of the trash.',
  params,
  response: Run,
  errors: ['not_found'],
});
export const emptyTrash = route({
  method: 'DELETE',
  path: '/trash',
  tag,
  scope: 'admin',
  status: 200,
  summary:
    'Remove what is in the trash for good, all of it or these runs: now, not after its 30 days. It cannot be undone.',
  query: z.object({ runs: List.pipe(z.array(RunId).max(1000)).optional() }),
  /** How many are on their way out: the server removes them one after the other. */
  response: z.object({ runs: z.int() }),
  errors: ['invalid_request'],
});
export const runNotes = route({
  method: 'GET',
  path: '/runs/{id}/notes',
  tag,
  scope: 'read',
  status: 200,
  summary: 'What a run’s note was, the newest first: at most 100 versions.',
  params,
  response: z.object({ notes: z.array(z.object({ at: Millis, actor: z.string(), note: z.string() })) }),
  errors: ['not_found'],
});
export const finishRun = route({
  method: 'POST',
  path: '/runs/{id}/finish',
  tag,
  scope: 'write',
  status: 200,
  summary: 'End a run that its own script writes. Again with the same outcome is success.',
  params,
  body: z.strictObject({
    attempt: z.int(),
    token: z.string(),
    finalSeq: z.int().min(0),
    outcome: z.enum(['finished', 'failed', 'cancelled']),
    error: RunError.optional(),
  }),
  response: Run,
  errors: ['invalid_request', 'not_found', 'stale_attempt', 'metrics_pending', 'conflict'],
});
export const LineLevel = z.enum(['debug', 'info', 'warn', 'error']);
/** What a program printed, by where; `log` is what a worker or the SDK says of the run itself. */
export const ConsoleStream = z.enum(['log', 'stdout', 'stderr']);
/** A console line; `text` keeps its colours (ANSI sequences). */
export const LogLine = z
  .object({ id: z.int(), at: Millis, attempt: z.int(), level: LineLevel, stream: ConsoleStream, text: z.string() })
  .meta({ id: 'LogLine' });
export type LogLine = z.output<typeof LogLine>;
export const runLines = route({
  method: 'GET',
  path: '/runs/{id}/lines',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The run’s console lines, oldest first; `after` continues. `GET /runs/{id}/console` does more.',
  params,
  query: z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(5000).default(1000),
  }),
  response: z.object({ lines: z.array(LogLine), next: z.int() }),
  errors: ['not_found'],
});
export const runRoutes = {
  createRun,
  validateConfig,
  listRuns,
  getRun,
  updateRun,
  cancelRun,
  cloneRun,
  deleteRun,
  restoreRun,
  emptyTrash,
  runNotes,
  finishRun,
  runLines,
};
