import { DatabaseError } from '@tidemark/db/database';
import type * as z from 'zod';
import { forgetAlerts } from '../alerts/cached.ts';
import type { updateWebhook as route, Webhook } from '../contract/webhooks.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { checkWebhookUrl } from './check-url.ts';
import { disableStatements } from './disable.ts';
import { findWebhook } from './find.ts';

/** Changes an address. Switched on again it counts as never having failed. Errors: invalid_request, not_found, conflict. */
export async function updateWebhook(
  deps: Deps,
  principal: Principal,
  id: number,
  { name, url, format, timeoutSeconds, enabled }: z.output<typeof route.body>,
): Promise<Webhook> {
  const before = await findWebhook(deps, id);
  if (url !== undefined) checkWebhookUrl(deps, url);
  const at = deps.now();
  const actor = principal.name;
  try {
    await deps.db.batch([
      {
        sql: `UPDATE webhooks SET name = COALESCE(?, name), url = COALESCE(?, url), format = COALESCE(?, format),
                timeout_seconds = COALESCE(?, timeout_seconds) WHERE id = ?`,
        params: [name ?? null, url ?? null, format ?? null, timeoutSeconds ?? null, id],
      },
      ...(enabled === true && before.disabledAt !== null
        ? [
            {
              sql: 'UPDATE webhooks SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL WHERE id = ?',
              params: [id],
            },
          ]
        : []),
      ...(enabled === false && before.disabledAt === null ? disableStatements(id, at, `switched off by ${actor}`) : []),
      projectEvent({ at, actor, type: 'webhook', detail: { name: name ?? before.name, state: 'changed' } }),
    ]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    throw new ApiError('conflict', `There is a webhook ${name} already.`, { hint: 'Take another name.' });
  }
  forgetAlerts(deps);
  return findWebhook(deps, id);
}
