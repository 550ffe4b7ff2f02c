import type { Webhook } from '../contract/webhooks.ts';
import type { Deps } from '../deps.ts';
import { toWebhook, WEBHOOK } from './rows.ts';

/** By name. */
export async function listWebhooks(deps: Deps): Promise<Webhook[]> {
  const rows = await deps.db.all(`SELECT ${WEBHOOK} FROM webhooks ORDER BY webhooks.name LIMIT 1000`);
  return rows.map((row) => toWebhook(row, deps.now()));
}
