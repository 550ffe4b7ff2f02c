import type { Run } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { runEvent } from '../event.ts';
import { getRun } from './get.ts';
import { touchRun } from './touch.ts';

/** Takes a run out of the trash; one that was queued waits again. Again is success. Errors: not_found. */
export async function restoreRun(deps: Deps, principal: Principal, id: string): Promise<Run> {
  const run = await getRun(deps, id);
  if (run.deletedAt === null) return run;
  await deps.db.batch([
    { sql: 'UPDATE runs SET deleted_at = NULL WHERE id = ?', params: [id] },
    runEvent(id, { at: deps.now(), actor: principal.name, type: 'restored' }),
  ]);
  touchRun(deps, id, { queued: run.status === 'queued' });
  return getRun(deps, id);
}
