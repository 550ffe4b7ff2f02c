import type { Row } from '@tidemark/db/database';
import type { RunStatus } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { endAttempt } from './end.ts';

interface Expired extends Row {
  run: string;
  attempt: number;
  token: string;
  acked: number;
  status: RunStatus;
  lost_count: number;
  worker: string | null;
}

/**
 * Ends every attempt whose lease ran out: its run is queued again, failed when it was lost too often, or cancelled when that was asked.
 * An attempt that wrote in the meantime is left alone: the condition says what was read.
 */
export async function reapExpired(deps: Deps): Promise<void> {
  const now = deps.now();
  const expired = await deps.db.all<Expired>(
    `SELECT live.run, live.attempt, live.token, live.acked, live.worker, runs.status, runs.lost_count
     FROM live JOIN runs ON runs.id = live.run WHERE live.expires <= ? LIMIT 100`,
    [now],
  );
  for (const { run, attempt, token, acked, status, lost_count, worker } of expired) {
    const when = {
      sql: 'live.run = ? AND live.attempt = ? AND live.token = ? AND live.acked = ? AND live.expires <= ?',
      params: [run, attempt, token, acked, now],
    };
    const base = { run, attempt, asked: null, actor: 'server' };
    if (status === 'cancelling') {
      await endAttempt(deps, { ...base, status: 'cancelled', outcome: 'cancelled' }, when);
    } else if (lost_count >= deps.limits.maxLost) {
      const message = `${worker ?? 'its worker'} went silent; so did ${lost_count} before it`;
      await endAttempt(
        deps,
        { ...base, status: 'failed', outcome: 'lost', losses: 1, error: { code: 'lost', message } },
        when,
      );
    } else {
      await endAttempt(deps, { ...base, status: 'queued', outcome: 'lost', losses: 1 }, when);
    }
  }
}
