import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { attemptDelivery } from './attempt.ts';

/** Requests that are under way at a time: a tick takes no longer than the slowest of so many. */
const AT_ONCE = 20;
/** How long messages and their attempts are kept (ms). */
const KEPT = 30 * 86_400_000;

const WAITING = `state = 'pending' AND NOT EXISTS (
  SELECT 1 FROM webhooks WHERE webhooks.id = webhook_id AND disabled_at IS NOT NULL)`;

/** Sends what is due, and forgets what is old; answers when something is due again, or null. */
export async function deliverMessages(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const due = await deps.db.all<Row & { id: string }>(
    `SELECT id FROM messages WHERE ${WAITING} AND due_at <= ? ORDER BY due_at, id LIMIT ?`,
    [now, AT_ONCE],
  );
  await Promise.all(due.map(({ id }) => attemptDelivery(deps, id)));
  const [, next] = await deps.db.batch([
    {
      sql: `DELETE FROM messages WHERE id IN (
              SELECT id FROM messages WHERE created_at < ? AND state <> 'pending' ORDER BY created_at LIMIT 100)`,
      params: [now - KEPT],
    },
    { sql: `SELECT MIN(due_at) AS at FROM messages WHERE ${WAITING}` },
  ]);
  const at = next![0]?.at;
  return at == null ? null : Number(at);
}
