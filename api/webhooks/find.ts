import type { Webhook } from '../contract/webhooks.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { toWebhook, WEBHOOK } from './rows.ts';

/** Errors: not_found. */
export async function findWebhook(deps: Deps, id: number): Promise<Webhook> {
  const [row] = await deps.db.all(`SELECT ${WEBHOOK} FROM webhooks WHERE webhooks.id = ?`, [id]);
  if (!row) throw notFound(`webhook ${id}`);
  return toWebhook(row, deps.now());
}
