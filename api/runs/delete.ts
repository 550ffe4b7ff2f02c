import type { Run } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { getRun } from './get.ts';
import { touchRun } from './touch.ts';

/** Moves a run to the trash. Again is success. Errors: not_found, conflict (it is live). */
export async function deleteRun(deps: Deps, principal: Principal, id: string): Promise<Run> {
  const run = await getRun(deps, id);
  if (run.deletedAt !== null) return run;
  const now = deps.now();
  await deps.db.batch([
    {
      sql: `UPDATE runs SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM live WHERE live.run = runs.id)`,
      params: [now, id],
    },
    {
      sql: `INSERT INTO events (at, actor, type, run, experiment_id)
            SELECT ?, ?, 'deleted', id, experiment_id FROM runs WHERE id = ? AND deleted_at = ?`,
      params: [now, principal.name, id, now],
    },
  ]);
  const after = await getRun(deps, id);
  if (after.deletedAt === null) {
    throw new ApiError('conflict', `Run #${run.ordinal} is ${after.status}.`, { hint: 'Cancel it first.' });
  }
  deps.schedule(now + deps.limits.trashDays * 86_400_000);
  touchRun(deps, id);
  return after;
}
