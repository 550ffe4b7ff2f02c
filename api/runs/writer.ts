import type { Row } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import { leaseOf } from '../artifacts/lease.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, notFound, staleAttempt } from '../errors.ts';

/** Who adds to a run beside its points, and what must hold of `runs` when that is written. */
export interface Writer {
  readonly attempt: number;
  readonly held: Condition;
}

/**
 * The attempt that a request adds to: the one whose lease it shows, else the run's present or last one, unless a worker holds the run.
 * Errors: not_found, conflict (queued, or held by a worker), stale_attempt, forbidden.
 */
export async function writerOf(deps: Deps, principal: Principal, request: Request, run: string): Promise<Writer> {
  const lease = leaseOf(deps, principal, request, run);
  const [row] = await deps.db.all<Row & { attempt: number; leased: number | null; held: number }>(
    `SELECT runs.attempt, live.leased, ${lease ? `EXISTS (SELECT 1 FROM live WHERE ${lease.sql})` : '0'} AS held
     FROM runs LEFT JOIN live ON live.run = runs.id WHERE runs.id = ?`,
    [...(lease?.params ?? []), run],
  );
  if (!row) throw notFound(`run ${run}`);
  if (lease) {
    if (row.held !== 1) throw staleAttempt();
    return {
      attempt: row.attempt,
      held: { sql: `EXISTS (SELECT 1 FROM live WHERE ${lease.sql})`, params: lease.params },
    };
  }
  if (row.leased === 1) throw new ApiError('conflict', 'A worker holds this run; only it may log.');
  if (row.attempt === 0) throw new ApiError('conflict', 'The run is queued: it has nothing to log yet.');
  return {
    attempt: row.attempt,
    held: {
      sql: 'runs.attempt = ? AND NOT EXISTS (SELECT 1 FROM live WHERE live.run = runs.id AND live.leased = 1)',
      params: [row.attempt],
    },
  };
}
