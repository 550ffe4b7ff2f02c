import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { findWebhook } from './find.ts';

/** Removes an address that no alert uses, with its messages. Errors: not_found, conflict. */
export async function deleteWebhook(deps: Deps, principal: Principal, id: number): Promise<void> {
  const { name } = await findWebhook(deps, id);
  const unused = 'NOT EXISTS (SELECT 1 FROM alerts WHERE webhook_id = webhooks.id)';
  const gone = await deps.db.all(`DELETE FROM webhooks WHERE id = ? AND ${unused} RETURNING id`, [id]);
  if (gone.length === 0) {
    const users = await deps.db.all('SELECT name FROM alerts WHERE webhook_id = ? ORDER BY name LIMIT 10', [id]);
    throw new ApiError('conflict', `${name} is used by ${users.map((row) => String(row.name)).join(', ')}.`, {
      hint: 'Delete these alerts first, or send them elsewhere.',
    });
  }
  const at = deps.now();
  await deps.db.batch([
    projectEvent({ at, actor: principal.name, type: 'webhook', detail: { name, state: 'removed' } }),
  ]);
}
