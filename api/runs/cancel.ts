import type { Row } from '@tidemark/db/database';
import type { Run, RunStatus } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { getRun } from './get.ts';
import { touchRun } from './touch.ts';
import { isTerminal } from './transitions.ts';

/** How long (ms) a script without a lease has to notice that its run was cancelled. */
const GRACE = 60_000;

/**
 * Cancels: a queued run at once; a running one is asked to stop. A finish that arrives before its writer noticed still wins.
 * Again is success. Errors: not_found, conflict (it ended otherwise).
 */
export async function cancelRun(deps: Deps, principal: Principal, id: string): Promise<Run> {
  const now = deps.now();
  const event = (type: string, status: RunStatus) => ({
    sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
          SELECT ?, ?, ?, id, experiment_id, '{}' FROM runs WHERE id = ? AND status = ?`,
    params: [now, principal.name, type, id, status],
  });
  const results = await deps.db.batch([
    event('cancelled', 'queued'),
    event('cancelling', 'running'),
    {
      sql: `UPDATE runs SET ended_at = CASE status WHEN 'queued' THEN ? ELSE ended_at END,
              status = CASE status WHEN 'queued' THEN 'cancelled' ELSE 'cancelling' END
            WHERE id = ? AND status IN ('queued', 'running') RETURNING status`,
      params: [now, id],
    },
    {
      sql: `UPDATE live SET cancel = 1, expires = CASE leased WHEN 1 THEN expires ELSE ? END
            WHERE run = ? AND cancel = 0 AND (SELECT status FROM runs WHERE id = ?) = 'cancelling' RETURNING expires`,
      params: [now + GRACE, id, id],
    },
  ]);
  const run = await getRun(deps, id);
  const [changed] = results[2] as (Row & { status: RunStatus })[];
  if (changed) {
    const expires = results[3]![0]?.expires;
    if (expires !== undefined) deps.schedule(Number(expires));
    touchRun(deps, id);
    // Workers watch the queue: the one that runs it asks at once whether it is still wanted.
    if (changed.status === 'cancelling') deps.signals.publish('queue');
  } else if (isTerminal(run.status) && run.status !== 'cancelled') {
    throw new ApiError('conflict', `Run #${run.ordinal} has ended already: ${run.status}.`);
  }
  return run;
}
