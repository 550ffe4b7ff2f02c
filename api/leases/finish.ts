import type { Row } from '@tidemark/db/database';
import { guards as defaultGuards, type Holder } from '@tidemark/db/fence';
import type { RunStatus } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { staleAttempt } from '../errors.ts';
import { type Outcome, statusAfter } from '../runs/transitions.ts';
import { endAttempt } from './end.ts';
import { metricsPending } from './pending.ts';

export interface Finish {
  readonly holder: Holder;
  readonly finalSeq: number;
  readonly outcome: Outcome;
  readonly error?: { code: string; message: string } | undefined;
  readonly actor: string;
}

interface Held extends Row {
  acked: number;
  attempt: number;
  status: RunStatus;
  failure_count: number;
  max_retries: number;
}

/**
 * Ends a run, once: only when every metric up to finalSeq is acknowledged. The same finish again answers what the first did.
 * Errors: stale_attempt, metrics_pending.
 */
export async function finishAttempt(
  deps: Deps,
  { holder, finalSeq, outcome, error, actor }: Finish,
): Promise<RunStatus> {
  const guards = deps.guards ?? defaultGuards;
  const fence = guards.fence(holder, 'finish');
  const through = guards.through(finalSeq, 'finish');
  for (;;) {
    const [held] = await deps.db.all<Held>(
      `SELECT live.acked, live.attempt, runs.status, runs.failure_count, runs.max_retries
       FROM live JOIN runs ON runs.id = live.run WHERE ${fence.sql}`,
      fence.params,
    );
    if (!held) return alreadyEnded(deps, holder, outcome);
    const status = statusAfter(held.status, outcome, { failures: held.failure_count, maxRetries: held.max_retries });
    const ended = await endAttempt(
      deps,
      {
        run: holder.run,
        attempt: held.attempt,
        status: status as 'finished',
        outcome: status === 'queued' ? 'retried' : (status as 'finished'),
        asked: outcome,
        actor,
        error,
        failures: outcome === 'failed' ? 1 : 0,
      },
      {
        // What was read, so that the status decided from it is still right; a cancel that came between is seen on the next turn.
        sql: `${fence.sql} AND ${through.sql} AND live.acked = ? AND live.cancel = ?`,
        params: [...fence.params, ...through.params, held.acked, held.status === 'cancelling' ? 1 : 0],
      },
    );
    if (ended) return status;
    const [now] = await deps.db.all<{ acked: number }>(`SELECT live.acked FROM live WHERE ${fence.sql}`, fence.params);
    if (now && now.acked < finalSeq) throw metricsPending(now.acked, finalSeq);
  }
}

/** The answer to a repeated finish, from what the first one left in its attempt. */
async function alreadyEnded(deps: Deps, { run, attempt, token }: Holder, outcome: Outcome): Promise<RunStatus> {
  const [row] = await deps.db.all<Row & { outcome: string }>(
    'SELECT outcome FROM attempts WHERE run = ? AND attempt = ? AND token = ? AND asked = ?',
    [run, attempt, token, outcome],
  );
  if (!row) throw staleAttempt();
  return row.outcome === 'retried' ? 'queued' : (row.outcome as RunStatus);
}
