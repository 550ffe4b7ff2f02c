import type { Row } from '@tidemark/db/database';
import type { Worker } from '../contract/workers.ts';
import type { Deps } from '../deps.ts';

export type WorkerRow = Worker;

/** Workers as the wire shows them, the most recently seen first; all of them, or one. */
export async function workerRows(deps: Deps, id?: string): Promise<WorkerRow[]> {
  const [rows, holding] = (await deps.db.batch([
    id === undefined
      ? { sql: 'SELECT * FROM workers ORDER BY last_seen_at DESC, id LIMIT 1000' }
      : { sql: 'SELECT * FROM workers WHERE id = ?', params: [id] },
    {
      sql: `SELECT live.worker, live.touched_at, live.expires, runs.id, runs.ordinal, runs.name, runs.experiment_id,
              experiments.name AS experiment
            FROM live JOIN runs ON runs.id = live.run JOIN experiments ON experiments.id = runs.experiment_id
            WHERE live.worker IS NOT NULL ORDER BY runs.id`,
    },
  ])) as [Row[], Row[]];
  const now = deps.now();
  return rows.map((row) => {
    const held = holding.filter((live) => live.worker === row.id);
    // A log call does not write the worker's row: what it holds says when it was heard of last, and how long it may be silent.
    const lastSeenAt = Math.max(Number(row.last_seen_at), ...held.map((live) => Number(live.touched_at)));
    const silentUntil = Math.max(Number(row.silent_until), ...held.map((live) => Number(live.expires)));
    return {
      id: String(row.id),
      name: String(row.name),
      labels: JSON.parse(String(row.labels)),
      slots: Number(row.slots),
      engine: String(row.engine),
      device: String(row.device),
      host: JSON.parse(String(row.host)),
      state: stateOf(row, held.length, silentUntil, now),
      firstSeenAt: Number(row.first_seen_at),
      lastSeenAt,
      runs: held.map((live) => ({
        id: String(live.id),
        ordinal: Number(live.ordinal),
        experiment: String(live.experiment),
        experimentId: Number(live.experiment_id),
        name: String(live.name),
      })),
      finished: Number(row.finished),
      failed: Number(row.failed),
    };
  });
}

function stateOf(row: Row, held: number, silentUntil: number, now: number): Worker['state'] {
  if (row.state === 'gone') return 'gone';
  if (now > silentUntil) return 'lost';
  if (row.state === 'draining' || row.drain === 1) return 'draining';
  return held > 0 ? 'busy' : 'idle';
}
