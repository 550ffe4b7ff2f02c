import { type Condition, guards as defaultGuards } from '@tidemark/db/fence';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid, staleAttempt } from '../errors.ts';

/**
 * What must hold of `live` for a request to write a run's artifacts; null: nothing, the token may write. A worker's token needs the
 * run's lease, so it touches only its own run. Errors: forbidden, invalid_request.
 */
export function leaseOf(deps: Deps, principal: Principal, request: Request, run: string): Condition | null {
  const header = request.headers.get('tidemark-lease');
  if (header === null) {
    if (principal.scope !== 'worker') return null;
    throw new ApiError('forbidden', 'A worker’s token writes artifacts only of a run whose lease it holds.', {
      hint: 'Send `Tidemark-Lease: attempt.token`.',
    });
  }
  const match = /^(\d{1,15})\.(\S{1,100})$/.exec(header);
  if (!match) throw invalid(['headers', 'tidemark-lease'], 'is not `attempt.token`');
  return (deps.guards ?? defaultGuards).fence({ run, attempt: Number(match[1]), token: match[2]! }, 'artifact');
}

/** Fails before any bytes are moved; the write itself is fenced again. Errors: stale_attempt. */
export async function requireLease(deps: Deps, lease: Condition | null): Promise<void> {
  if (!lease) return;
  const [held] = await deps.db.all(`SELECT 1 AS ok FROM live WHERE ${lease.sql}`, lease.params);
  if (!held) throw staleAttempt();
}
