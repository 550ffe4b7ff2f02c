import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { forgetAlerts } from './cached.ts';
import { findAlert } from './find.ts';

/** Removes an alert with its messages, also those that still wait. Errors: not_found. */
export async function deleteAlert(deps: Deps, principal: Principal, id: number): Promise<void> {
  const { name } = await findAlert(deps, id);
  const at = deps.now();
  await deps.db.batch([
    { sql: 'DELETE FROM alerts WHERE id = ?', params: [id] },
    projectEvent({ at, actor: principal.name, type: 'alert', detail: { name, state: 'removed' } }),
  ]);
  forgetAlerts(deps);
}
