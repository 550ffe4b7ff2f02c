import type * as z from 'zod';
import type { rotateWebhook as route, Webhook } from '../contract/webhooks.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';
import { findWebhook } from './find.ts';
import { newWebhookSecret } from './secret.ts';

/** Gives an address a new secret, answered once; the old one signs too for some hours. Errors: not_found. */
export async function rotateWebhook(
  deps: Deps,
  principal: Principal,
  id: number,
  { hours, secret = newWebhookSecret(deps.rng) }: z.output<typeof route.body>,
): Promise<Webhook & { secret: string }> {
  const { name } = await findWebhook(deps, id);
  const now = deps.now();
  await deps.db.batch([
    {
      sql: 'UPDATE webhooks SET old_secret = secret, old_until = ?, secret = ? WHERE id = ?',
      params: [now + Math.round(hours * 3_600_000), secret, id],
    },
    projectEvent({ at: now, actor: principal.name, type: 'webhook', detail: { name, state: 'rotated' } }),
  ]);
  return { ...(await findWebhook(deps, id)), secret };
}
