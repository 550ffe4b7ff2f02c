import { DatabaseError } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Alert, updateAlert as route } from '../contract/alerts.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { findWebhook } from '../webhooks/find.ts';
import { forgetAlerts } from './cached.ts';
import { expectProgress } from './expect-progress.ts';
import { findAlert } from './find.ts';

/** Changes an alert; a changed rule may fire again for every run. Errors: not_found, invalid_request, conflict. */
export async function updateAlert(
  deps: Deps,
  principal: Principal,
  id: number,
  { name, rule, webhook, cooldownMinutes, paused }: z.output<typeof route.body>,
): Promise<Alert> {
  const before = await findAlert(deps, id);
  if (webhook !== undefined) {
    await findWebhook(deps, webhook).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      throw invalid(['webhook'], `there is no webhook ${webhook}`);
    });
  }
  const changed = rule !== undefined && JSON.stringify(rule) !== JSON.stringify(before.rule);
  const now = deps.now();
  try {
    await deps.db.batch([
      {
        sql: `UPDATE alerts SET name = COALESCE(?, name), kind = COALESCE(?, kind), rule = COALESCE(?, rule),
                webhook_id = COALESCE(?, webhook_id), cooldown_minutes = CASE ? WHEN 1 THEN ? ELSE cooldown_minutes END,
                paused = COALESCE(?, paused) WHERE id = ?`,
        params: [
          name ?? null,
          rule?.kind ?? null,
          rule === undefined ? null : JSON.stringify(rule),
          webhook ?? null,
          cooldownMinutes === undefined ? 0 : 1,
          cooldownMinutes ?? null,
          paused === undefined ? null : paused ? 1 : 0,
          id,
        ],
      },
      ...(changed ? [{ sql: 'DELETE FROM alert_states WHERE alert_id = ?', params: [id] }] : []),
      projectEvent({
        at: now,
        actor: principal.name,
        type: 'alert',
        detail: { name: name ?? before.name, state: 'changed' },
      }),
    ]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    throw new ApiError('conflict', `There is an alert ${name} already.`, { hint: 'Take another name.' });
  }
  forgetAlerts(deps);
  await expectProgress(deps);
  return findAlert(deps, id);
}
