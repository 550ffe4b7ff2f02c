import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { getView } from './get.ts';

/** Its snapshots stay. Errors: not_found. */
export async function deleteView(deps: Deps, principal: Principal, id: number): Promise<void> {
  const { name, experimentId } = await getView(deps, id);
  await deps.db.batch([
    { sql: 'DELETE FROM views WHERE id = ?', params: [id] },
    projectEvent({ at: deps.now(), actor: principal.name, type: 'view.deleted', detail: { name } }, experimentId),
  ]);
  deps.signals.publish('changes');
}
