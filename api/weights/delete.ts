import { scheduleSweep, sweepWanted } from '../blobs/sweep.ts';
import type { Weights } from '../contract/weights.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { findWeights } from './find.ts';

/** Removes an entry. Runs that start from it name its bytes, which stay as long as they do. Errors: not_found. */
export async function deleteWeights(deps: Deps, principal: Principal, name: string): Promise<Weights> {
  const { shapes: _, ...entry } = await findWeights(deps, name);
  const now = deps.now();
  await deps.db.batch([
    { sql: 'DELETE FROM weights WHERE name = ? AND digest = ?', params: [name, entry.digest] },
    projectEvent({ at: now, actor: principal.name, type: 'weights', detail: { name, state: 'removed' } }),
    sweepWanted(now),
  ]);
  scheduleSweep(deps);
  return entry;
}
