import { orm } from '@tidemark/db/orm';
import { workers } from '@tidemark/db/schema/workers';
import { sql } from 'drizzle-orm';
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
  const said = {
    name: body.name,
    labels: JSON.stringify([...new Set(body.labels)].sort()),
    slots: body.slots,
    engine: body.engine,
    device: body.device,
    host: JSON.stringify(body.host),
    state: body.state,
    last_seen_at: now,
    silent_until: now + silence(60),
  };
  const drain = sql`CASE WHEN ${workers.state} = 'gone' OR excluded.state = 'gone' THEN 0 ELSE ${workers.drain} END`;
  const db = orm(deps.db);
  await db.batch([
    db
      .insert(workers)
      .values({ id, first_seen_at: now, ...said })
      .onConflictDoUpdate({ target: workers.id, set: { ...said, drain } }),
    projectEvent({ at: now, actor: id, type: 'worker', detail: { worker: id, state: body.state } }),
  ]);
  deps.signals.publish('changes');
  const [worker] = await workerRows(deps, id);
  return { worker: worker!, nextSeconds };
}
