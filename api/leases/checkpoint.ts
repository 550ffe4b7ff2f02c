import { type Condition, guards as defaultGuards, type Holder } from '@tidemark/db/fence';
import type * as z from 'zod';
import type { leaseCheckpoint } from '../contract/leases.ts';
import type { LiveReply } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { notFound, staleAttempt } from '../errors.ts';
import { runEvent } from '../event.ts';
import { touchRun } from '../runs/touch.ts';
import { dropCheckpoints } from './drop-checkpoints.ts';
import { paceOf } from './pace.ts';
import { metricsPending } from './pending.ts';
import { type LiveState, replyOf, selectLive } from './reply.ts';

type Body = z.output<typeof leaseCheckpoint.body>;

/**
 * Records a checkpoint whose blob is stored, once every metric up to throughSeq is acknowledged: a resume from it must find them. What
 * the run's `checkpoint.keep` does not want any more goes: `dropCheckpoints`.
 * Errors: stale_attempt, metrics_pending, not_found (no such blob).
 */
export async function recordCheckpoint(deps: Deps, holder: Holder, body: Body): Promise<LiveReply> {
  const guards = deps.guards ?? defaultGuards;
  const fence = guards.fence(holder, 'checkpoint');
  const through = guards.through(body.throughSeq, 'checkpoint');
  const blob = 'EXISTS (SELECT 1 FROM blobs WHERE blobs.digest = ?)';
  const when: Condition = {
    sql: `${fence.sql} AND ${through.sql} AND ${blob}`,
    params: [...fence.params, ...through.params, body.digest],
  };
  const held = `EXISTS (SELECT 1 FROM live WHERE ${when.sql})`;
  const { run, attempt } = holder;
  const best = body.kept.includes('best') ? 1 : 0;
  const latest = body.kept.includes('latest') ? 1 : 0;
  const now = deps.now();
  const { leaseSeconds } = paceOf(deps, run);
  const results = await deps.db.batch([
    {
      sql: `UPDATE checkpoints SET best = best * ?, latest = latest * ? WHERE run = ? AND (best > ? OR latest > ?) AND ${held}`,
      params: [1 - best, 1 - latest, run, 1 - best, 1 - latest, ...when.params],
    },
    {
      sql: `INSERT INTO checkpoints (run, attempt, step, digest, epoch, size, metrics, best, latest, created_at)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM live WHERE ${when.sql}
            ON CONFLICT (run, attempt, step, digest) DO UPDATE SET best = MAX(best, excluded.best), latest = MAX(latest, excluded.latest)`,
      params: [
        run,
        attempt,
        body.step,
        body.digest,
        body.epoch,
        body.size,
        JSON.stringify(body.metrics),
        best,
        latest,
        now,
        ...when.params,
      ],
    },
    dropCheckpoints(run, when),
    runEvent(
      run,
      { at: now, actor: 'worker', type: 'checkpoint', detail: { attempt, step: body.step, kept: body.kept } },
      when,
    ),
    {
      sql: `UPDATE live SET expires = CASE leased WHEN 1 THEN ? ELSE expires END, touched_at = ? WHERE ${when.sql}`,
      params: [now + leaseSeconds * 1000, now, ...when.params],
    },
    { sql: `SELECT 1 AS ok FROM live WHERE ${when.sql}`, params: when.params },
    selectLive(fence),
  ]);
  const [state] = results[6] as unknown as LiveState[];
  if (!state) throw staleAttempt();
  if (results[5]!.length === 0) {
    if (state.acked < body.throughSeq) throw metricsPending(state.acked, body.throughSeq);
    throw notFound(`blob ${body.digest}; it is stored before its checkpoint`);
  }
  touchRun(deps, run);
  return replyOf(deps, run, state);
}
