import { guards as defaultGuards, type Holder } from '@tidemark/db/fence';
import { noteProgress } from '../alerts/progress.ts';
import type { LiveReply } from '../contract/metrics.ts';
import type { Progress } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { staleAttempt } from '../errors.ts';
import { paceOf } from './pace.ts';
import { type LiveState, replyOf, selectLive } from './reply.ts';

/** Extends a lease. Errors: stale_attempt. */
export async function heartbeat(deps: Deps, holder: Holder, progress: Progress | undefined): Promise<LiveReply> {
  const fence = (deps.guards ?? defaultGuards).fence(holder, 'heartbeat');
  const now = deps.now();
  const { leaseSeconds } = paceOf(deps, holder.run);
  const written = progress ? JSON.stringify(progress) : null;
  const noted = noteProgress(false, written, now);
  const results = await deps.db.batch([
    {
      sql: `UPDATE live SET expires = CASE leased WHEN 1 THEN ? ELSE expires END, touched_at = ?, ${noted.sql}, progress = COALESCE(?, progress)
            WHERE ${fence.sql}`,
      params: [now + leaseSeconds * 1000, now, ...noted.params, written, ...fence.params],
    },
    selectLive(fence),
  ]);
  const [state] = results[1] as unknown as LiveState[];
  if (!state) throw staleAttempt();
  if (progress) {
    deps.signals.publish(`run:${holder.run}`);
    deps.signals.publish('changes');
  }
  return replyOf(deps, holder.run, state);
}
