import type { Row, Statement } from '@tidemark/db/database';
import { forgetAlerts } from '../alerts/cached.ts';
import type { Deps } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { disableStatements } from './disable.ts';
import type { WebhookAnswer } from './port.ts';
import { retryDelay } from './retry.ts';
import { signWebhook } from './sign.ts';
import { slackBody } from './slack.ts';
import type { Outgoing } from './take.ts';

/** Statuses by which a receiver says that it has too much to do. */
const BUSY = new Set([429, 502, 503, 504]);
const DAY = 86_400_000;

/** Makes the attempt that a message was taken for, and notes what came of it: at least once, always with the same webhook-id. */
export async function attemptDelivery(deps: Deps, message: Outgoing, manual = false): Promise<void> {
  const at = deps.now();
  const answer = await send(deps, message, at);
  await note(deps, message, { answer, at, milliseconds: Math.max(0, deps.now() - at), manual });
}

async function send(deps: Deps, message: Outgoing, now: number): Promise<WebhookAnswer> {
  if (!deps.webhooks) return { status: null, error: 'this server sends no webhooks' };
  const { id, url, format, payload, secret, old_secret: old, old_until: until, timeout_seconds } = message;
  const body = format === 'slack' ? slackBody(payload, deps.publicUrl) : payload;
  const timestamp = Math.floor(now / 1000);
  const secrets = old !== null && until !== null && until > now ? [secret, old] : [secret];
  return deps.webhooks.post(url, {
    headers: {
      'content-type': 'application/json',
      'content-length': String(new TextEncoder().encode(body).length),
      'user-agent': `Tidemark/${deps.version}`,
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': await signWebhook(secrets, id, timestamp, body),
    },
    body,
    timeoutSeconds: timeout_seconds,
  });
}

interface Outcome {
  readonly answer: WebhookAnswer;
  readonly at: number;
  readonly milliseconds: number;
  readonly manual: boolean;
}

async function note(deps: Deps, message: Outgoing, { answer, at, milliseconds, manual }: Outcome): Promise<void> {
  const { id, attempts, webhook_id: webhook } = message;
  const { status } = answer;
  const delivered = status !== null && status >= 200 && status < 300;
  const error = status === null ? answer.error : delivered ? null : `answered ${status}`;
  const now = deps.now();
  const retryAfter = status === null ? null : answer.retryAfter;
  const over = delivered || status === 410 || message.disabled_at !== null;
  const delay = over ? null : retryDelay(attempts, fraction(deps.rng), retryAfter);
  // Only this attempt's: a later one has its own outcome.
  const mine = 'id = ? AND attempts = ?';
  const statements: Statement[] = [
    {
      sql: `INSERT INTO deliveries (message, attempt, at, milliseconds, status, error, manual)
            SELECT id, ?, ?, ?, ?, ?, ? FROM messages WHERE id = ?`,
      params: [attempts, at, milliseconds, status, error, manual ? 1 : 0, id],
    },
    delay === null
      ? {
          sql: `UPDATE messages SET state = ? WHERE ${mine}`,
          params: [delivered ? 'delivered' : 'failed', id, attempts],
        }
      : { sql: `UPDATE messages SET due_at = ? WHERE ${mine}`, params: [now + delay, id, attempts] },
    delivered
      ? {
          sql: 'UPDATE webhooks SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL',
          params: [webhook],
        }
      : {
          sql: 'UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since IS NULL',
          params: [now, webhook],
        },
  ];
  if (delay !== null && status !== null && BUSY.has(status)) {
    // What else waits for it waits as long.
    statements.push({
      sql: "UPDATE messages SET due_at = ? WHERE webhook_id = ? AND state = 'pending' AND due_at < ?",
      params: [now + delay, webhook, now + delay],
    });
  }
  await deps.db.batch(statements);
  if (delay !== null) deps.schedule(now + delay);
  if (status === 410 || (!delivered && delay === null && !manual)) await disable(deps, message, status, error);
}

/** An address that said it is gone, or that used up a message's attempts and took no other for a day, is switched off. */
async function disable(deps: Deps, message: Outgoing, status: number | null, error: string | null): Promise<void> {
  const { webhook_id: id, webhook: name } = message;
  const [row] = await deps.db.all<Row & { failing_since: number | null }>(
    'SELECT failing_since FROM webhooks WHERE id = ? AND disabled_at IS NULL',
    [id],
  );
  if (!row) return;
  const at = deps.now();
  if (status !== 410 && (row.failing_since === null || at - row.failing_since < DAY)) return;
  const reason = status === 410 ? 'it answered 410 Gone' : `nothing was delivered for days: ${error ?? 'no answer'}`;
  await deps.db.batch([
    ...disableStatements(id, at, reason),
    projectEvent({ at, actor: 'server', type: 'webhook', detail: { name, state: 'disabled', reason } }),
  ]);
  forgetAlerts(deps);
}

/** In [0, 1). */
const fraction = (rng: Deps['rng']): number => {
  const [a = 0, b = 0, c = 0] = rng(3);
  return (a * 65_536 + b * 256 + c) / 2 ** 24;
};
