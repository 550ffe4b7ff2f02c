import { type Database, originOf, type Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { attemptDelivery } from './attempt.ts';
import { type Outgoing, takeMessage } from './take.ts';

/** Requests under way at a time, and of them to one address: one that hangs leaves room for the others. */
const AT_ONCE = 20;
const TO_ONE = 5;
/** How long messages and their attempts are kept (ms). */
const KEPT = 30 * 86_400_000;

const WAITING = `state = 'pending' AND NOT EXISTS (
  SELECT 1 FROM webhooks WHERE webhooks.id = webhook_id AND disabled_at IS NOT NULL)`;

/** What each database's process is sending: the messages with their addresses. */
const sending = new WeakMap<Database, Map<string, number>>();

/**
 * Starts to send what is due, and forgets what is old; answers when something is due again, or null. Nobody waits for the requests: each
 * that ends starts the next. Those under way are due again in case that their outcome is never written.
 */
export async function deliverMessages(deps: Deps): Promise<number | null> {
  const now = deps.now();
  await startDue(deps);
  const [, next] = await deps.db.batch([
    {
      sql: `DELETE FROM messages WHERE id IN (
              SELECT id FROM messages WHERE created_at < ? AND state <> 'pending' ORDER BY created_at LIMIT 100)`,
      params: [now - KEPT],
    },
    // What is due and was not started waits for one that is under way.
    { sql: `SELECT MIN(due_at) AS at FROM messages WHERE ${WAITING} AND due_at > ?`, params: [now] },
  ]);
  const at = next![0]?.at;
  return at == null ? null : Number(at);
}

async function startDue(deps: Deps): Promise<void> {
  const mine = sending.get(originOf(deps.db)) ?? new Map<string, number>();
  sending.set(originOf(deps.db), mine);
  const sentTo = (webhook: number): number => [...mine.values()].filter((one) => one === webhook).length;
  const passed = new Set<string>();
  while (mine.size < AT_ONCE) {
    const full = [...new Set(mine.values())].filter((webhook) => sentTo(webhook) >= TO_ONE);
    const due = await deps.db.all<Row & { id: string; webhook: number }>(
      `SELECT id, webhook_id AS webhook FROM messages WHERE ${WAITING} AND due_at <= ?
         AND webhook_id NOT IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT value FROM json_each(?))
       ORDER BY due_at, id LIMIT ?`,
      [deps.now(), JSON.stringify(full), JSON.stringify([...mine.keys(), ...passed]), AT_ONCE],
    );
    if (due.length === 0) return;
    for (const { id, webhook } of due) {
      if (mine.size >= AT_ONCE || sentTo(webhook) >= TO_ONE || mine.has(id)) continue;
      mine.set(id, webhook);
      const message = await takeMessage(deps, id).catch((error: unknown) => {
        mine.delete(id);
        throw error;
      });
      if (message) deps.background(finish(deps, message, mine));
      else mine.delete(id);
      passed.add(id);
    }
  }
}

async function finish(deps: Deps, message: Outgoing, mine: Map<string, number>): Promise<void> {
  try {
    await attemptDelivery(deps, message);
  } finally {
    mine.delete(message.id);
  }
  await startDue(deps);
}
