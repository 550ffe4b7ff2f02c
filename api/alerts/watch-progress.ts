import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { type CachedAlert, cachedAlerts } from './cached.ts';
import { alertedRun, alertStatements } from './fire.ts';

/** Runs of one alert that are told of in one tick; the rest in the next. */
const AT_ONCE = 50;

type Stalled = CachedAlert & { readonly rule: { readonly kind: 'no_progress'; readonly minutes: number } };
const isStalled = (alert: CachedAlert): alert is Stalled => alert.rule.kind === 'no_progress';

/** Since when a live run made no progress; and whether the alert has still something to say of that. */
const SINCE = 'COALESCE(live.progress_at, attempts.started_at)';
const WATCHED = `FROM live JOIN runs ON runs.id = live.run
  JOIN attempts ON attempts.run = live.run AND attempts.attempt = live.attempt
  LEFT JOIN alert_states AS told ON told.run = live.run AND told.alert_id = ?
  WHERE runs.status = 'running' AND (? IS NULL OR runs.experiment_id = ?) AND (? IS NULL OR live.run = ?)
    AND (told.fired_at IS NULL OR (? IS NOT NULL AND ${SINCE} > told.fired_at))`;
/** When it is due (ms): so long after the last progress, and not within the cooldown. */
const DUE = `MAX(${SINCE} + ?, COALESCE(told.fired_at + ?, 0))`;

/** Fires alerts of runs that made no progress; answers when the next is due, or null. */
export async function watchProgress(deps: Deps): Promise<number | null> {
  const alerts = (await cachedAlerts(deps)).filter(isStalled);
  const due: number[] = [];
  for (const alert of alerts) {
    const { id, experimentId, run, cooldownMinutes, rule } = alert;
    const wait = [rule.minutes * 60_000, (cooldownMinutes ?? 0) * 60_000];
    const scope = [id, experimentId, experimentId, run, run, cooldownMinutes];
    const now = deps.now();
    const rows = await deps.db.all<Row & { run: string; attempt: number; token: string; progress_at: number | null }>(
      `SELECT live.run, live.attempt, live.token, live.progress_at ${WATCHED} AND ${DUE} <= ? LIMIT ?`,
      [...scope, ...wait, now, AT_ONCE],
    );
    for (const row of rows) await tell(deps, alert, row);
    const [next] = await deps.db.all<Row & { at: number | null }>(`SELECT MIN(${DUE}) AS at ${WATCHED}`, [
      ...wait,
      ...scope,
    ]);
    if (next?.at != null) due.push(next.at);
  }
  return due.length === 0 ? null : Math.min(...due);
}

async function tell(
  deps: Deps,
  alert: Stalled,
  live: { run: string; attempt: number; token: string; progress_at: number | null },
): Promise<void> {
  const run = await alertedRun(deps, live.run);
  if (!run) return;
  const at = deps.now();
  // Only if nothing moved since it was looked at.
  const when = {
    sql: 'live.run = ? AND live.attempt = ? AND live.token = ? AND live.progress_at IS ?',
    params: [live.run, live.attempt, live.token, live.progress_at],
  };
  const firing = { at, attempt: live.attempt, key: null, step: null, value: null };
  await deps.db.batch(alertStatements(deps, alert, run, { state: { armed: false, firedAt: at }, firing }, when));
}
