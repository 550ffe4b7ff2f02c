import { DatabaseError } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Alert, createAlert as route } from '../contract/alerts.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { forgetAlerts } from './cached.ts';
import { expectProgress } from './expect-progress.ts';
import { findAlert } from './find.ts';

/** Rules of one project: each call that logs looks at all of them. */
const MOST = 1000;

/** Errors: invalid_request (no such experiment, run or webhook), conflict (the name is taken, too many). */
export async function createAlert(
  deps: Deps,
  principal: Principal,
  { name, rule, experiment, run, webhook, cooldownMinutes }: z.output<typeof route.body>,
): Promise<Alert> {
  if (experiment !== undefined && run !== undefined) throw invalid(['run'], 'an experiment or a run, not both');
  const [missing] = await deps.db.all<{ experiment: number; run: number; webhook: number; alerts: number }>(
    `SELECT ? IS NOT NULL AND NOT EXISTS (SELECT 1 FROM experiments WHERE id = ?) AS experiment,
       ? IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE id = ?) AS run,
       NOT EXISTS (SELECT 1 FROM webhooks WHERE id = ?) AS webhook, (SELECT COUNT(*) FROM alerts) AS alerts`,
    [experiment ?? null, experiment ?? null, run ?? null, run ?? null, webhook],
  );
  if (missing!.experiment === 1) throw invalid(['experiment'], `there is no experiment ${experiment}`);
  if (missing!.run === 1) throw invalid(['run'], `there is no run ${run}`);
  if (missing!.webhook === 1) {
    throw invalid(['webhook'], `there is no webhook ${webhook}`, { hint: 'Register its address: POST /webhooks' });
  }
  if (missing!.alerts >= MOST) throw new ApiError('conflict', `A project has at most ${MOST} alerts.`);
  const now = deps.now();
  try {
    const [made] = await deps.db.batch([
      {
        sql: `INSERT INTO alerts (name, kind, rule, experiment_id, run, webhook_id, cooldown_minutes, created_at, created_by)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        params: [
          name,
          rule.kind,
          JSON.stringify(rule),
          experiment ?? null,
          run ?? null,
          webhook,
          cooldownMinutes,
          now,
          principal.name,
        ],
      },
      projectEvent({ at: now, actor: principal.name, type: 'alert', detail: { name, state: 'created' } }),
    ]);
    forgetAlerts(deps);
    if (rule.kind === 'no_progress') await expectProgress(deps);
    return await findAlert(deps, Number(made![0]!.id));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    throw new ApiError('conflict', `There is an alert ${name} already.`, { hint: 'Take another name.' });
  }
}
