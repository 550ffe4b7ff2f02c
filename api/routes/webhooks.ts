import type { webhookRoutes } from '../contract/webhooks.ts';
import type { Handlers } from '../handler.ts';
import { createWebhook } from '../webhooks/create.ts';
import { deleteWebhook } from '../webhooks/delete.ts';
import { listWebhooks } from '../webhooks/list.ts';
import { listDeliveries } from '../webhooks/list-deliveries.ts';
import { rotateWebhook } from '../webhooks/rotate.ts';
import { sendNow } from '../webhooks/send-now.ts';
import { updateWebhook } from '../webhooks/update.ts';

export const webhookHandlers: Handlers<typeof webhookRoutes> = {
  createWebhook: ({ deps, principal }, { body }) => createWebhook(deps, principal, body),
  listWebhooks: async ({ deps }) => ({ webhooks: await listWebhooks(deps) }),
  updateWebhook: ({ deps, principal }, { params, body }) => updateWebhook(deps, principal, params.id, body),
  rotateWebhook: ({ deps, principal }, { params, body }) => rotateWebhook(deps, principal, params.id, body),
  deleteWebhook: async ({ deps, principal }, { params }) => {
    await deleteWebhook(deps, principal, params.id);
    return {};
  },
  listDeliveries: ({ deps }, { query }) => listDeliveries(deps, query),
  redeliver: ({ deps }, { params }) => sendNow(deps, params.id),
};
