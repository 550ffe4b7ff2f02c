import type { Row } from '@tidemark/db/database';
import { guards as defaultGuards, type Holder } from '@tidemark/db/fence';
import type { RunStatus } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { staleAttempt } from '../errors.ts';
import { endAttempt } from './end.ts';

/** Gives a run back: queued at once, with no penalty; cancelled if that was asked. Again is success. Errors: stale_attempt. */
export async function releaseAttempt(deps: Deps, holder: Holder, actor: string): Promise<RunStatus> {
  const fence = (deps.guards ?? defaultGuards).fence(holder, 'release');
  for (;;) {
    const [held] = await deps.db.all<Row & { acked: number; attempt: number; status: RunStatus }>(
      `SELECT live.acked, live.attempt, runs.status FROM live JOIN runs ON runs.id = live.run WHERE ${fence.sql}`,
      fence.params,
    );
    if (!held) return alreadyReleased(deps, holder);
    const status = held.status === 'cancelling' ? 'cancelled' : 'queued';
    const ended = await endAttempt(
      deps,
      {
        run: holder.run,
        attempt: held.attempt,
        status,
        outcome: status === 'cancelled' ? 'cancelled' : 'released',
        asked: 'release',
        actor,
      },
      {
        sql: `${fence.sql} AND live.acked = ? AND live.cancel = ?`,
        params: [...fence.params, held.acked, held.status === 'cancelling' ? 1 : 0],
      },
    );
    if (ended) return status;
  }
}

async function alreadyReleased(deps: Deps, { run, attempt, token }: Holder): Promise<RunStatus> {
  const [row] = await deps.db.all<Row & { outcome: string }>(
    `SELECT outcome FROM attempts WHERE run = ? AND attempt = ? AND token = ? AND asked = 'release'`,
    [run, attempt, token],
  );
  if (!row) throw staleAttempt();
  return row.outcome === 'cancelled' ? 'cancelled' : 'queued';
}
