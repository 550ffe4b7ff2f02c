import * as z from 'zod';
import { Label, RunId, Sha256 } from './common.ts';
import { LiveReply, logFields } from './metrics.ts';
import { route } from './route.ts';
import { Progress, RunError, RunStatus } from './runs.ts';

/** The right to write one attempt of a run, until it expires. */
export const Lease = z
  .object({
    run: RunId,
    experiment: z.string(),
    ordinal: z.int(),
    name: z.string(),
    attempt: z.int(),
    token: z.string(),
    leaseSeconds: z.number(),
    nextSeconds: z.number(),
    /** The resolved config. */
    config: z.record(z.string(), z.unknown()),
    /** Where to go on from: the last checkpoint of the run, newest first, so that a corrupt one falls back to the one before. */
    resume: z
      .object({
        step: z.int(),
        checkpoints: z.array(z.object({ step: z.int(), epoch: z.number(), digest: Sha256, size: z.int() })),
      })
      .nullable(),
    cancel: z.boolean(),
  })
  .meta({ id: 'Lease' });
export type Lease = z.output<typeof Lease>;

export const Kept = z.enum(['best', 'latest', 'policy']);
export type Kept = z.output<typeof Kept>;

const params = z.object({ run: RunId });
const fence = { attempt: z.int().min(1), token: z.string().min(1).max(100) };
const tag = 'leases';

export const claim = route({
  method: 'POST',
  path: '/claims',
  tag,
  scope: 'worker',
  restricted: 'shared',
  status: 200,
  summary: 'Take a queued run whose required labels the worker has. The same claimId again answers the same lease.',
  body: z.strictObject({
    claimId: z.string().min(8).max(64),
    worker: z.string().min(1).max(64),
    labels: z.array(Label).max(64).default([]),
  }),
  response: z.object({ lease: Lease.nullable(), nextSeconds: z.number() }),
  errors: ['invalid_request', 'not_found'],
});
export const heartbeat = route({
  method: 'POST',
  path: '/leases/{run}/heartbeat',
  tag,
  scope: 'worker',
  status: 200,
  summary: 'Extend the lease when nothing was logged for nextSeconds.',
  params,
  body: z.strictObject({ ...fence, progress: Progress.optional() }),
  response: LiveReply,
  errors: ['stale_attempt'],
});
export const leaseLog = route({
  method: 'POST',
  path: '/leases/{run}/log',
  tag,
  scope: 'worker',
  status: 200,
  summary:
    'Append a batch in order. A batch already acknowledged changes nothing; a gap is a conflict that says what was acknowledged.',
  params,
  body: z.strictObject({
    ...fence,
    firstSeq: z.int().min(1),
    lastSeq: z.int().min(1),
    device: z.string().max(200).optional(),
    ...logFields,
  }),
  response: LiveReply,
  errors: ['invalid_request', 'stale_attempt', 'conflict', 'too_large'],
});
export const leaseCheckpoint = route({
  method: 'POST',
  path: '/leases/{run}/checkpoint',
  tag,
  scope: 'worker',
  status: 200,
  summary: 'Record a checkpoint whose blob is stored, once every metric up to throughSeq is acknowledged.',
  params,
  body: z.strictObject({
    ...fence,
    throughSeq: z.int().min(0),
    step: z.int().min(0),
    epoch: z.number().min(0),
    digest: Sha256,
    size: z.int().min(0),
    /** `policy`: written because the run’s `checkpoint.keep` may want it; the server decides. */
    kept: z.array(Kept).min(1),
    metrics: z.record(z.string(), z.number()).default({}),
  }),
  response: LiveReply,
  errors: ['invalid_request', 'stale_attempt', 'metrics_pending', 'not_found'],
});
export const leaseFinish = route({
  method: 'POST',
  path: '/leases/{run}/finish',
  tag,
  scope: 'worker',
  status: 200,
  summary: 'End the run once. The same finish again is success. A failure with retries left queues it again.',
  params,
  body: z.strictObject({
    ...fence,
    finalSeq: z.int().min(0),
    outcome: z.enum(['finished', 'failed', 'pruned', 'cancelled']),
    error: RunError.optional(),
  }),
  response: z.object({ status: RunStatus }),
  errors: ['invalid_request', 'stale_attempt', 'metrics_pending'],
});
export const release = route({
  method: 'POST',
  path: '/leases/{run}/release',
  tag,
  scope: 'worker',
  status: 200,
  summary: 'Give the run back on drain: queued at once, no penalty.',
  params,
  body: z.strictObject({ ...fence }),
  response: z.object({ status: RunStatus }),
  errors: ['stale_attempt'],
});
export const leaseRoutes = { claim, heartbeat, leaseLog, leaseCheckpoint, leaseFinish, release };
