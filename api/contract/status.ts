import * as z from 'zod';
import { Millis } from './common.ts';
import { route } from './route.ts';
import { RunStatus } from './runs.ts';

/** The machine under a server on Node. */
export const Host = z
  .object({
    /** Since the process started. */
    uptimeSeconds: z.number(),
    /** Resident memory of the process. */
    memoryBytes: z.int(),
    /** Of the disk that the data folder is on. */
    diskFreeBytes: z.int(),
    diskBytes: z.int(),
    /** How late the process answers its own timers, at worst of a hundred, in milliseconds. */
    eventLoopMs: z.number(),
    projectsOpen: z.int(),
    node: z.string(),
  })
  .meta({ id: 'Host' });
export type Host = z.output<typeof Host>;

export const Status = z
  .object({
    /** Whether all parts work. */
    ok: z.boolean(),
    /** What does not, in words. */
    problems: z.array(z.string()),
    project: z.string(),
    version: z.string(),
    at: Millis,
    database: z.object({
      ok: z.boolean(),
      /** Of one small question. */
      ms: z.number(),
      /** The newest migration that it has. */
      schema: z.string(),
      /** Null: not known here. */
      bytes: z.int().nullable(),
    }),
    blobs: z.object({ ok: z.boolean(), ms: z.number(), bytes: z.int() }),
    /** What is due by the clock: leases that ran out, the trash, deliveries. `late`: seconds, of the last time; null: none yet. */
    upkeep: z.object({ ok: z.boolean(), late: z.number().nullable() }),
    /** At most a minute old. */
    runs: z.partialRecord(RunStatus, z.int()),
    /** Runs that are written just now. */
    live: z.int(),
    queue: z.object({ length: z.int(), oldestMs: z.int().nullable() }),
    workers: z.partialRecord(z.enum(['idle', 'busy', 'draining', 'lost', 'gone']), z.int()),
    /** Null where the platform runs the server. */
    host: Host.nullable(),
  })
  .meta({ id: 'Status' });
export type Status = z.output<typeof Status>;

export const getStatus = route({
  method: 'GET',
  path: '/status',
  tag: 'server',
  scope: 'read',
  status: 200,
  summary: 'The server’s own health: database, blobs, upkeep, queue, workers, and the machine where there is one.',
  response: Status,
  errors: [],
});
export const statusRoutes = { getStatus };
