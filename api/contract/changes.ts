import * as z from 'zod';
import { RunId } from './common.ts';
import { route } from './route.ts';

export const changes = route({
  method: 'GET',
  path: '/changes',
  tag: 'changes',
  scope: 'read',
  status: 200,
  summary:
    'What changed since a cursor: runs by id (status, metrics, progress), experiments, workers, datasets, models. Without a cursor: only the newest cursor.',
  query: z.object({ cursor: z.string().max(200).optional() }),
  response: z.object({
    cursor: z.string(),
    runs: z.array(z.object({ id: RunId, experimentId: z.int() })),
    experiments: z.array(z.int()),
    workers: z.boolean(),
    datasets: z.boolean(),
    /** The registry. An older server does not say. */
    models: z.boolean().default(false),
    /** True: more changed than is listed; read everything again. */
    reset: z.boolean(),
  }),
  errors: ['invalid_request'],
});
export const changeRoutes = { changes };
