import { DatabaseError } from '@tidemark/db/database';
import type * as z from 'zod';
import type { createWebhook as route, Webhook } from '../contract/webhooks.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { checkWebhookUrl } from './check-url.ts';
import { findWebhook } from './find.ts';
import { newWebhookSecret } from './secret.ts';

/** Registers an address; its secret is answered once. Errors: invalid_request, conflict (the name is taken). */
export async function createWebhook(
  deps: Deps,
  principal: Principal,
  body: z.output<typeof route.body>,
): Promise<Webhook & { secret: string }> {
  const { name, url, format, timeoutSeconds, secret = newWebhookSecret(deps.rng) } = body;
  checkWebhookUrl(deps, url);
  const now = deps.now();
  try {
    const [made] = await deps.db.batch([
      {
        sql: `INSERT INTO webhooks (name, url, format, secret, timeout_seconds, created_at, created_by)
              VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        params: [name, url, format, secret, timeoutSeconds, now, principal.name],
      },
      projectEvent({ at: now, actor: principal.name, type: 'webhook', detail: { name, state: 'created' } }),
    ]);
    return { ...(await findWebhook(deps, Number(made![0]!.id))), secret };
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    throw new ApiError('conflict', `There is a webhook ${name} already.`, { hint: 'Take another name.' });
  }
}
