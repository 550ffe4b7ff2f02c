import type { Row } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import type { RunStatus } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { endAttempt } from './end.ts';
import { KEPT_ALIVE_MS } from './pace.ts';

interface Expired extends Row {
  run: string;
  attempt: number;
  token: string;
  acked: number;
  status: RunStatus;
  lost_count: number;
  worker: string | null;
  leased: number;
}

/**
 * Ends every attempt whose lease ran out: its run is queued again, failed when it was lost too often, or cancelled when that was asked.
 * A script's run has nobody to go to: it is failed, and goes on if its script is heard again (`runs/reopen.ts`).
 * An attempt that wrote in the meantime is left alone: the condition says what was read.
 */
export async function reapExpired(deps: Deps): Promise<void> {
  const now = deps.now();
  const expired = await deps.db.all<Expired>(
    `SELECT live.run, live.attempt, live.token, live.acked, live.worker, live.leased, runs.status, runs.lost_count
     FROM live JOIN runs ON runs.id = live.run WHERE live.expires <= ? LIMIT 100`,
    [now],
  );
  for (const { run, attempt, token, acked, status, lost_count, worker, leased } of expired) {
    const when = {
      sql: 'live.run = ? AND live.attempt = ? AND live.token = ? AND live.acked = ? AND live.expires <= ?',
      params: [run, attempt, token, acked, now],
    };
    const base = { run, attempt, asked: null, actor: 'server' };
    if (status === 'cancelling') {
      await endAttempt(deps, { ...base, status: 'cancelled', outcome: 'cancelled' }, when);
    } else if (leased === 0) {
      await loseScript(deps, { run, attempt, acked }, when);
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

async function loseScript(
  deps: Deps,
  { run, attempt, acked }: Pick<Expired, 'run' | 'attempt' | 'acked'>,
  when: Condition,
): Promise<void> {
  // Where it stood comes first: a script that is heard again goes on from there, and must not send what is there.
  await deps.db.all(
    `UPDATE attempts SET acked = ? WHERE run = ? AND attempt = ? AND EXISTS (SELECT 1 FROM live WHERE ${when.sql})`,
    [acked, run, attempt, ...when.params],
  );
  const message = `Its script was not heard for ${KEPT_ALIVE_MS / 60_000} minutes.`;
  const base = { run, attempt, asked: null, actor: 'server' };
  await endAttempt(deps, { ...base, status: 'failed', outcome: 'lost', error: { code: 'lost', message } }, when);
}
