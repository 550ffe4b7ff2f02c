import type { Row } from '@tidemark/db/database';
import type { Delivery, DeliveryAttempt, Webhook } from '../contract/webhooks.ts';

/** A webhook's columns as `toWebhook` reads them. Its secrets are not among them. */
export const WEBHOOK = `webhooks.id, webhooks.name, webhooks.url, webhooks.format, webhooks.timeout_seconds, webhooks.old_until,
  webhooks.failing_since, webhooks.disabled_at, webhooks.disabled_reason, webhooks.created_at, webhooks.created_by,
  (SELECT COUNT(*) FROM alerts WHERE alerts.webhook_id = webhooks.id) AS alerts,
  (SELECT COUNT(*) FROM messages WHERE messages.webhook_id = webhooks.id AND state = 'pending') AS pending`;

const numberOrNull = (value: Row[string] | undefined): number | null => (value == null ? null : Number(value));

export const toWebhook = (row: Row, now: number): Webhook => {
  const until = numberOrNull(row.old_until);
  return {
    id: Number(row.id),
    name: String(row.name),
    url: String(row.url),
    format: row.format as Webhook['format'],
    timeoutSeconds: Number(row.timeout_seconds),
    oldSecretUntil: until !== null && until > now ? until : null,
    failingSince: numberOrNull(row.failing_since),
    disabledAt: numberOrNull(row.disabled_at),
    disabledReason: row.disabled_reason === null ? null : String(row.disabled_reason),
    alerts: Number(row.alerts),
    pending: Number(row.pending),
    createdAt: Number(row.created_at),
    createdBy: String(row.created_by),
  };
};

/** A message's columns as `toDelivery` reads them, its attempts as a JSON list. */
export const DELIVERY = `messages.id, messages.webhook_id, messages.alert_id, messages.run, messages.type, messages.state,
  messages.created_at, messages.due_at, messages.payload,
  (SELECT json_group_array(json_array(attempt, at, milliseconds, status, error, manual)) FROM deliveries
    WHERE deliveries.message = messages.id) AS attempts`;

type Attempt = [number, number, number, number | null, string | null, number];

export const toDelivery = (row: Row): Delivery => ({
  id: String(row.id),
  webhook: Number(row.webhook_id),
  alert: numberOrNull(row.alert_id),
  run: row.run === null ? null : String(row.run),
  type: String(row.type),
  state: row.state as Delivery['state'],
  createdAt: Number(row.created_at),
  dueAt: row.state === 'pending' ? Number(row.due_at) : null,
  payload: JSON.parse(String(row.payload)),
  attempts: (JSON.parse(String(row.attempts)) as Attempt[]).map(
    ([attempt, at, milliseconds, status, error, manual]): DeliveryAttempt => {
      return { attempt, at, milliseconds, status, error, manual: manual === 1 };
    },
  ),
});
