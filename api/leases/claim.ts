import type { Row } from '@tidemark/db/database';
import { guards as defaultGuards } from '@tidemark/db/fence';
import type * as z from 'zod';
import type { claim as claimRoute, Lease } from '../contract/leases.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { newLeaseToken } from '../runs/id.ts';
import { touchRun } from '../runs/touch.ts';
import { claimPause, paceOf, SEEN_EVERY, silence } from './pace.ts';
import { reapExpired } from './reap.ts';

type Body = z.output<typeof claimRoute.body>;
type Reply = z.output<typeof claimRoute.response>;

/**
 * Takes one queued run whose required labels the worker has, by priority, time and id, as a new attempt that goes on from the last
 * checkpoint. The claimId makes a repeated call answer the same lease, and an answered-and-lost one take nothing twice.
 * With `experiments`, only one of theirs. Errors: not_found (a worker that never said hello).
 */
export async function claimRun(
  deps: Deps,
  { claimId, worker, labels }: Body,
  experiments: readonly number[] | null = null,
): Promise<Reply> {
  await reapExpired(deps);
  const [known] = await deps.db.all<Row & { state: string; drain: number; last_seen_at: number }>(
    'SELECT state, drain, last_seen_at FROM workers WHERE id = ?',
    [worker],
  );
  if (!known) throw notFound(`worker ${worker}; it says hello first`);
  const token = newLeaseToken(deps.rng);
  const takes = known.state === 'active' && known.drain === 0;
  const [lease, idleSince] = await take(deps, { claimId, worker, labels, token, takes, experiments });
  if (lease) {
    deps.schedule(deps.now() + lease.leaseSeconds * 1000);
    touchRun(deps, lease.run);
    return { lease, nextSeconds: lease.nextSeconds };
  }
  const now = deps.now();
  const nextSeconds = claimPause(now - idleSince, deps.signals.watching('queue') > 0);
  if (now - known.last_seen_at >= SEEN_EVERY) {
    await deps.db.all('UPDATE workers SET last_seen_at = ?, silent_until = ? WHERE id = ?', [
      now,
      now + silence(nextSeconds),
      worker,
    ]);
  }
  return { lease: null, nextSeconds };
}

interface Taking {
  readonly claimId: string;
  readonly worker: string;
  readonly labels: readonly string[];
  readonly token: string;
  readonly takes: boolean;
  readonly experiments: readonly number[] | null;
}

async function take(
  deps: Deps,
  { claimId, worker, labels, token, takes, experiments }: Taking,
): Promise<[Lease | null, number]> {
  const now = deps.now();
  const { leaseSeconds } = paceOf(deps, '');
  const { resumeStep } = deps.guards ?? defaultGuards;
  // This call's own claim, and not one that an earlier call with the same claimId made: it has this call's token.
  const mine = 'claims.claim_id = ? AND claims.token = ?';
  const own = [claimId, token];
  const only = experiments && JSON.stringify(experiments);
  const results = await deps.db.batch([
    {
      sql: `INSERT INTO claims (claim_id, run, attempt, token, worker, created_at)
            SELECT ?, id, attempt + 1, ?, ?, ? FROM runs
            WHERE status = 'queued' AND deleted_at IS NULL AND available_at <= ? AND ? = 1
              AND (? IS NULL OR experiment_id IN (SELECT value FROM json_each(?)))
              AND NOT EXISTS (SELECT 1 FROM json_each(runs.requires) AS needed
                              WHERE needed.value NOT IN (SELECT value FROM json_each(?)))
            ORDER BY priority DESC, available_at, ordinal, id LIMIT 1
            ON CONFLICT (claim_id) DO NOTHING`,
      params: [claimId, token, worker, now, now, takes ? 1 : 0, only, only, JSON.stringify(labels)],
    },
    {
      sql: `INSERT INTO attempts (run, attempt, token, worker, started_at, resume_step)
            SELECT claims.run, claims.attempt, claims.token, claims.worker, ?, ${resumeStep}
            FROM claims JOIN runs ON runs.id = claims.run WHERE ${mine}`,
      params: [now, ...own],
    },
    {
      sql: `INSERT INTO live (run, attempt, token, worker, leased, expires, touched_at, next_line, console_size, summary)
            SELECT run, attempt, token, worker, 1, ?, ?,
              COALESCE((SELECT first + count FROM console_chunks AS c WHERE c.run = claims.run ORDER BY first DESC LIMIT 1), 1),
              COALESCE((SELECT SUM(size) FROM console_chunks AS c WHERE c.run = claims.run), 0),
              COALESCE((SELECT kept_summary FROM runs WHERE runs.id = claims.run), '{}')
            FROM claims WHERE ${mine}`,
      params: [now + leaseSeconds * 1000, now, ...own],
    },
    { sql: `DELETE FROM metric_series WHERE run = (SELECT run FROM claims WHERE ${mine})`, params: own },
    {
      sql: `UPDATE runs SET status = 'running', kept_summary = NULL, attempt = attempt + 1, worker = ?, started_at = COALESCE(started_at, ?),
              error_code = NULL, error_message = NULL
            WHERE id = (SELECT run FROM claims WHERE ${mine})`,
      params: [worker, now, ...own],
    },
    {
      sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
            SELECT ?, ?, 'claimed', runs.id, runs.experiment_id, json_object('attempt', claims.attempt, 'worker', claims.worker)
            FROM claims JOIN runs ON runs.id = claims.run WHERE ${mine}`,
      params: [now, worker, ...own],
    },
    {
      sql:
        'UPDATE workers SET last_seen_at = ?, silent_until = ? WHERE id = (SELECT worker FROM claims WHERE ' +
        `${mine})`,
      params: [now, now + silence(60), ...own],
    },
    {
      sql: `SELECT live.run, live.attempt, live.token, live.cancel, live.acked, runs.ordinal, runs.name,
              experiments.name AS experiment, run_documents.resolved, attempts.resume_step
            FROM claims JOIN live ON live.run = claims.run AND live.token = claims.token
            JOIN attempts ON attempts.run = live.run AND attempts.attempt = live.attempt
            JOIN runs ON runs.id = live.run JOIN experiments ON experiments.id = runs.experiment_id
            JOIN run_documents ON run_documents.run = live.run
            WHERE claims.claim_id = ?`,
      params: [claimId],
    },
    {
      sql: `SELECT step, epoch, digest, size FROM checkpoints WHERE run = (SELECT run FROM claims WHERE claim_id = ?)
            ORDER BY step DESC, attempt DESC, latest DESC`,
      params: [claimId],
    },
    { sql: 'SELECT MAX(at) AS at FROM (SELECT at FROM events ORDER BY id DESC LIMIT 1)' },
  ]);
  const [row] = results[7]!;
  return [row ? leaseOf(deps, row, results[8]!) : null, Number(results[9]![0]?.at ?? 0)];
}

function leaseOf(deps: Deps, row: Row, checkpoints: readonly Row[]): Lease {
  const run = String(row.run);
  return {
    run,
    experiment: String(row.experiment),
    ordinal: Number(row.ordinal),
    name: String(row.name),
    attempt: Number(row.attempt),
    token: String(row.token),
    ...paceOf(deps, run),
    config: JSON.parse(String(row.resolved)),
    resume:
      row.resume_step === null
        ? null
        : {
            step: Number(row.resume_step),
            checkpoints: checkpoints.map(({ step, epoch, digest, size }) => ({
              step: Number(step),
              epoch: Number(epoch),
              digest: String(digest),
              size: Number(size),
            })),
          },
    cancel: row.cancel === 1,
  };
}
