import * as z from 'zod';
import { Label, Millis, Name, RunId } from './common.ts';
import { route } from './route.ts';
import { Run } from './runs.ts';

export const WorkerId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
export const WorkerHost = z
  .object({
    hostname: z.string().max(200),
    os: z.string().max(200),
    cpu: z.string().max(200),
    cores: z.int(),
    memory: z.int(),
    gpus: z.array(z.string().max(200)).max(64),
    node: z.string().max(50),
    version: z.string().max(50),
  })
  .meta({ id: 'WorkerHost' });

export const Worker = z
  .object({
    id: WorkerId,
    name: z.string(),
    labels: z.array(Label),
    slots: z.int(),
    engine: z.string(),
    device: z.string(),
    host: WorkerHost,
    /** idle, busy, draining; lost: not heard of for longer than it said it would be silent. */
    state: z.enum(['idle', 'busy', 'draining', 'lost', 'gone']),
    firstSeenAt: Millis,
    lastSeenAt: Millis,
    runs: z.array(
      z.object({ id: RunId, ordinal: z.int(), experiment: z.string(), experimentId: z.int(), name: z.string() }),
    ),
    finished: z.int(),
    failed: z.int(),
  })
  .meta({ id: 'Worker' });
export type Worker = z.output<typeof Worker>;

const tag = 'workers';
export const helloWorker = route({
  method: 'PUT',
  path: '/workers/{id}',
  tag,
  scope: 'worker',
  restricted: 'shared',
  status: 200,
  summary: 'A worker says what it is; again on each change, and when it leaves (state gone).',
  params: z.object({ id: WorkerId }),
  body: z.strictObject({
    name: Name.max(200),
    labels: z.array(Label).max(64),
    slots: z.int().min(1).max(64),
    engine: z.string().max(64),
    device: z.string().max(200),
    host: WorkerHost,
    state: z.enum(['active', 'draining', 'gone']).default('active'),
  }),
  response: z.object({ worker: Worker, nextSeconds: z.number() }),
  errors: ['invalid_request'],
});
export const listWorkers = route({
  method: 'GET',
  path: '/workers',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Workers, the most recently seen first.',
  response: z.object({ workers: z.array(Worker) }),
  errors: [],
});
export const getWorker = route({
  method: 'GET',
  path: '/workers/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'One worker.',
  params: z.object({ id: WorkerId }),
  response: Worker,
  errors: ['not_found'],
});
export const drainWorker = route({
  method: 'POST',
  path: '/workers/{id}/drain',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Ask a worker to finish or give back what it runs and take nothing new (drain: false takes it back).',
  params: z.object({ id: WorkerId }),
  body: z.strictObject({ drain: z.boolean() }),
  response: Worker,
  errors: ['not_found'],
});
export const queue = route({
  method: 'GET',
  path: '/queue',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Queued runs in claim order, each with the reason why it waits (`waits`).',
  query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(200) }),
  response: z.object({ runs: z.array(Run), total: z.int() }),
  errors: [],
});
export const workerRoutes = { helloWorker, listWorkers, getWorker, drainWorker, queue };
