import { orm } from '@tidemark/db/orm';
import { experiments } from '@tidemark/db/schema/experiments';
import { live } from '@tidemark/db/schema/leases';
import { runs } from '@tidemark/db/schema/runs';
import { workers } from '@tidemark/db/schema/workers';
import { desc, eq, isNotNull } from 'drizzle-orm';
import type { Worker } from '../contract/workers.ts';
import type { Deps } from '../deps.ts';

export type WorkerRow = Worker;

const lease = { worker: live.worker, touched_at: live.touched_at, expires: live.expires };
const run = {
  id: runs.id,
  ordinal: runs.ordinal,
  experiment: experiments.name,
  experimentId: runs.experiment_id,
  name: runs.name,
};

/** Workers as the wire shows them, the most recently seen first; all of them, or one. */
export async function workerRows(deps: Deps, id?: string): Promise<WorkerRow[]> {
  const db = orm(deps.db);
  const [rows, holding] = await db.batch([
    db
      .select()
      .from(workers)
      .where(id === undefined ? undefined : eq(workers.id, id))
      .orderBy(desc(workers.last_seen_at), workers.id)
      .limit(1000),
    db
      .select({ lease, run })
      .from(live)
      .innerJoin(runs, eq(runs.id, live.run))
      .innerJoin(experiments, eq(experiments.id, runs.experiment_id))
      .where(isNotNull(live.worker))
      .orderBy(runs.id),
  ]);
  const now = deps.now();
  return rows.map((row) => {
    const held = holding.filter(({ lease }) => lease.worker === row.id);
    // A log call does not write the worker's row: what it holds says when it was heard of last, and how long it may be silent.
    const lastSeenAt = Math.max(row.last_seen_at, ...held.map(({ lease }) => lease.touched_at));
    const silentUntil = Math.max(row.silent_until, ...held.map(({ lease }) => lease.expires ?? 0));
    return {
      id: row.id,
      name: row.name,
      labels: JSON.parse(row.labels),
      slots: row.slots,
      engine: row.engine,
      device: row.device,
      host: JSON.parse(row.host),
      state: stateOf(row, held.length, silentUntil, now),
      firstSeenAt: row.first_seen_at,
      lastSeenAt,
      runs: held.map(({ run }) => run),
      finished: row.finished,
      failed: row.failed,
    };
  });
}

function stateOf(row: typeof workers.$inferSelect, held: number, silentUntil: number, now: number): Worker['state'] {
  if (row.state === 'gone') return 'gone';
  if (now > silentUntil) return 'lost';
  if (row.state === 'draining' || row.drain === 1) return 'draining';
  return held > 0 ? 'busy' : 'idle';
}
