import type { Delivery } from '../contract/webhooks.ts';
import type { Deps } from '../deps.ts';
import { sendNow } from '../webhooks/send-now.ts';
import { findAlert } from './find.ts';
import { newMessageId } from './fire.ts';
import { alertPayload } from './payload.ts';

/** Sends a message of type `alert.test` now, also while the alert is paused. Errors: not_found, conflict. */
export async function testAlert(deps: Deps, id: number): Promise<Delivery> {
  const alert = await findAlert(deps, id);
  const at = deps.now();
  const payload = alertPayload(deps, alert, null, { at, attempt: null, key: null, step: null, value: null }, 'test');
  const message = newMessageId(deps.rng);
  await deps.db.all(
    `INSERT INTO messages (id, webhook_id, alert_id, run, type, payload, created_at, state, due_at)
     VALUES (?, ?, ?, NULL, ?, ?, ?, 'pending', ?)`,
    // Due only later: it is sent here, and by a tick only if this process does not live to do it.
    [message, alert.webhook.id, id, payload.type, JSON.stringify(payload), at, at + 60_000],
  );
  return sendNow(deps, message);
}
