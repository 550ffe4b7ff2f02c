import type * as z from 'zod';
import type { helloWorker as route } from '../contract/workers.ts';
import type { Deps } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { claimPause, silence } from '../leases/pace.ts';
import { workerRows } from './rows.ts';

type Body = z.output<typeof route.body>;
type Reply = z.output<typeof route.response>;

/** A worker says what it is. A drain that was asked for stays until it leaves. */
export async function helloWorker(deps: Deps, id: string, body: Body): Promise<Reply> {
  const now = deps.now();
  const nextSeconds = claimPause(0, deps.signals.watching('queue') > 0);
  const labels = JSON.stringify([...new Set(body.labels)].sort());
  await deps.db.batch([
    {
      sql: `INSERT INTO workers (id, name, labels, slots, engine, device, host, state, first_seen_at, last_seen_at, silent_until)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, labels = excluded.labels, slots = excluded.slots,
              engine = excluded.engine, device = excluded.device, host = excluded.host,
              drain = CASE WHEN workers.state = 'gone' OR excluded.state = 'gone' THEN 0 ELSE drain END,
              state = excluded.state, last_seen_at = excluded.last_seen_at, silent_until = excluded.silent_until`,
      params: [
        id,
        body.name,
        labels,
        body.slots,
        body.engine,
        body.device,
        JSON.stringify(body.host),
        body.state,
        now,
        now,
        now + silence(60),
      ],
    },
    projectEvent({ at: now, actor: id, type: 'worker', detail: { worker: id, state: body.state } }),
  ]);
  deps.signals.publish('changes');
  const [worker] = await workerRows(deps, id);
  return { worker: worker!, nextSeconds };
}
