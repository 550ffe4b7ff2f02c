import type { workerRoutes } from '../contract/workers.ts';
import type { Handlers } from '../handler.ts';
import { drainWorker } from '../workers/drain.ts';
import { getWorker } from '../workers/get.ts';
import { helloWorker } from '../workers/hello.ts';
import { listQueue } from '../workers/queue.ts';
import { workerRows } from '../workers/rows.ts';

export const workerHandlers: Handlers<typeof workerRoutes> = {
  helloWorker: ({ deps }, { params, body }) => helloWorker(deps, params.id, body),
  listWorkers: async ({ deps }) => ({ workers: await workerRows(deps) }),
  getWorker: ({ deps }, { params }) => getWorker(deps, params.id),
  drainWorker: ({ deps, principal }, { params, body }) => drainWorker(deps, principal, params.id, body.drain),
  queue: ({ deps }, { query }) => listQueue(deps, query.limit),
};
