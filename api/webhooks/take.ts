import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';

/** A message and its address, as an attempt needs them. */
export interface Outgoing extends Row {
  id: string;
  payload: string;
  attempts: number;
  webhook_id: number;
  webhook: string;
  url: string;
  format: 'standard' | 'slack';
  secret: string;
  old_secret: string | null;
  old_until: number | null;
  timeout_seconds: number;
  disabled_at: number | null;
}

/** After a request's own time, how long its outcome may take to be written (ms). */
const SLACK = 2000;

/**
 * Takes a message for an attempt: its row says that one is made, and until when nobody else tries, so two processes do not send it twice; and a
 * tick is asked for then, so one that dies meanwhile leaves a message that is sent again. Null: somebody else is at it, or it is not to be tried.
 * `manual`: also when it was delivered or given up before, and to an address that is switched off.
 */
export async function takeMessage(deps: Deps, id: string, manual = false): Promise<Outgoing | null> {
  const now = deps.now();
  const settled = 'attempts = COALESCE((SELECT MAX(attempt) FROM deliveries WHERE message = messages.id), 0)';
  const free = manual ? `(due_at <= ? OR ${settled})` : "state = 'pending' AND due_at <= ?";
  const [taken, found] = (await deps.db.batch([
    {
      sql: `UPDATE messages SET attempts = attempts + 1, state = 'pending',
              due_at = ? + 1000 * (SELECT timeout_seconds FROM webhooks WHERE webhooks.id = webhook_id)
            WHERE id = ? AND ${free} RETURNING due_at`,
      params: [now + SLACK, id, now],
    },
    {
      sql: `SELECT messages.id, payload, attempts, webhook_id, webhooks.name AS webhook, url, format, secret,
              old_secret, old_until, timeout_seconds, disabled_at
            FROM messages JOIN webhooks ON webhooks.id = messages.webhook_id WHERE messages.id = ?`,
      params: [id],
    },
  ])) as [(Row & { due_at: number })[], Outgoing[]];
  const [mine] = taken;
  const [message] = found;
  if (!mine || !message) return null;
  deps.schedule(mine.due_at);
  return message;
}
