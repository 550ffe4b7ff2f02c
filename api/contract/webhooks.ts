import * as z from 'zod';
import { Empty, Millis, Name, NextCursor, Page, RunId } from './common.ts';
import { route } from './route.ts';

export const WebhookUrl = z.url({ protocol: /^https?$/, error: 'an address that begins with https://' }).max(2048);
export const WebhookFormat = z.enum(['standard', 'slack']);

export const Webhook = z
  .object({
    id: z.int(),
    name: z.string(),
    url: z.string(),
    /** `standard`: the message as documented. `slack`: `{"text": …}`, which Slack and its like show. */
    format: WebhookFormat,
    timeoutSeconds: z.int(),
    /** A second secret signs too until then. */
    oldSecretUntil: Millis.nullable(),
    /** Since when no message was delivered; null: the last one was. */
    failingSince: Millis.nullable(),
    disabledAt: Millis.nullable(),
    disabledReason: z.string().nullable(),
    alerts: z.int(),
    pending: z.int(),
    createdAt: Millis,
    createdBy: z.string(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.output<typeof Webhook>;

/** One attempt to deliver a message. */
export const DeliveryAttempt = z
  .object({
    attempt: z.int(),
    at: Millis,
    milliseconds: z.int(),
    /** Of the answer; null: there was none. */
    status: z.int().nullable(),
    error: z.string().nullable(),
    manual: z.boolean(),
  })
  .meta({ id: 'DeliveryAttempt' });
export type DeliveryAttempt = z.output<typeof DeliveryAttempt>;

export const Delivery = z
  .object({
    /** The `webhook-id`, the same in every attempt. */
    id: z.string(),
    webhook: z.int(),
    alert: z.int().nullable(),
    run: RunId.nullable(),
    type: z.string(),
    state: z.enum(['pending', 'delivered', 'failed']),
    createdAt: Millis,
    /** When it is tried next. */
    dueAt: Millis.nullable(),
    payload: z.record(z.string(), z.unknown()),
    attempts: z.array(DeliveryAttempt),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.output<typeof Delivery>;

const byId = z.object({ id: z.coerce.number().int().min(1) });
/** `whsec_` and 24 to 64 bytes in base64. */
export const WebhookSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, '`whsec_` and 24 to 64 bytes in base64');
const withSecret = Webhook.extend({
  /** Shown only now. */
  secret: z.string(),
}).meta({ id: 'WebhookWithSecret' });
const timeoutSeconds = z.int().min(1).max(30);
const tag = 'webhooks';

export const createWebhook = route({
  method: 'POST',
  path: '/webhooks',
  tag,
  scope: 'admin',
  status: 201,
  summary: 'Register an address that messages of alerts are sent to. The secret that signs them is shown only now.',
  body: z.strictObject({
    name: Name,
    url: WebhookUrl,
    format: WebhookFormat.default('standard'),
    timeoutSeconds: timeoutSeconds.default(15),
    secret: WebhookSecret.optional(),
  }),
  response: withSecret,
  errors: ['invalid_request', 'conflict'],
});
export const listWebhooks = route({
  method: 'GET',
  path: '/webhooks',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Addresses that messages are sent to, by name.',
  response: z.object({ webhooks: z.array(Webhook) }),
  errors: [],
});
export const updateWebhook = route({
  method: 'PATCH',
  path: '/webhooks/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Change an address, or switch it off and on again.',
  params: byId,
  body: z.strictObject({
    name: Name.optional(),
    url: WebhookUrl.optional(),
    format: WebhookFormat.optional(),
    timeoutSeconds: timeoutSeconds.optional(),
    enabled: z.boolean().optional(),
  }),
  response: Webhook,
  errors: ['invalid_request', 'not_found', 'conflict'],
});
export const rotateWebhook = route({
  method: 'POST',
  path: '/webhooks/{id}/rotate',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'A new secret. The old one signs too for `hours` more, so that no message is refused meanwhile.',
  params: byId,
  body: z.strictObject({ hours: z.number().min(0).max(720).default(24), secret: WebhookSecret.optional() }),
  response: withSecret,
  errors: ['invalid_request', 'not_found'],
});
export const deleteWebhook = route({
  method: 'DELETE',
  path: '/webhooks/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Remove an address with its messages. While an alert uses it it is a conflict.',
  params: byId,
  response: Empty,
  errors: ['not_found', 'conflict'],
});
export const listDeliveries = route({
  method: 'GET',
  path: '/deliveries',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Messages, newest first, each with its attempts, for 30 days.',
  query: z.object({
    alert: z.coerce.number().int().optional(),
    webhook: z.coerce.number().int().optional(),
    state: z.enum(['pending', 'delivered', 'failed']).optional(),
    ...Page,
  }),
  response: z.object({ deliveries: z.array(Delivery), next: NextCursor }),
  errors: ['invalid_request'],
});
export const redeliver = route({
  method: 'POST',
  path: '/deliveries/{id}/redeliver',
  tag,
  scope: 'write',
  status: 200,
  summary: 'Send a message again now, with the same `webhook-id`; answers what came of it.',
  params: z.object({ id: z.string().max(64) }),
  response: Delivery,
  errors: ['not_found', 'conflict'],
});
export const webhookRoutes = {
  createWebhook,
  listWebhooks,
  updateWebhook,
  rotateWebhook,
  deleteWebhook,
  listDeliveries,
  redeliver,
};
