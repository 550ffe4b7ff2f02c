import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { type CachedAlert, cachedAlerts } from './cached.ts';
import { alertedRun, alertStatements } from './fire.ts';

/** What is told in one tick; the rest in the next. */
const AT_ONCE = 50;

interface Stalled extends Row {
  alert: number;
  run: string;
  attempt: number;
  token: string;
  progress_at: number | null;
  due: number;
}

/** Since when a live run made no progress. */
const SINCE = 'COALESCE(live.progress_at, attempts.started_at)';
/**
 * Alerts (a JSON list) with the live runs of which they have something to say yet, by when that is due (ms): so long after the last progress,
 * and not within the cooldown.
 */
const WATCHED = `WITH rules (id, experiment, run, wait, cooldown) AS MATERIALIZED (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?))
  SELECT rules.id AS alert, live.run, live.attempt, live.token, live.progress_at,
    MAX(${SINCE} + rules.wait, COALESCE(told.fired_at + rules.cooldown, 0)) AS due
  FROM live JOIN runs ON runs.id = live.run
  JOIN attempts ON attempts.run = live.run AND attempts.attempt = live.attempt
  CROSS JOIN rules LEFT JOIN alert_states AS told ON told.run = live.run AND told.alert_id = rules.id
  WHERE runs.status = 'running' AND (rules.experiment IS NULL OR runs.experiment_id = rules.experiment)
    AND (rules.run IS NULL OR live.run = rules.run)
    AND (told.fired_at IS NULL OR (rules.cooldown IS NOT NULL AND ${SINCE} > told.fired_at))
  ORDER BY due LIMIT ?`;

const minutes = (count: number | null): number | null => (count === null ? null : count * 60_000);

/** Fires alerts of runs that made no progress; answers when the next is due, or null. */
export async function watchProgress(deps: Deps): Promise<number | null> {
  const alerts = (await cachedAlerts(deps)).filter(({ rule }) => rule.kind === 'no_progress');
  if (alerts.length === 0) return null;
  const rules = alerts.map(({ id, experimentId, run, rule, cooldownMinutes }) => {
    const wait = rule.kind === 'no_progress' ? minutes(rule.minutes) : null;
    return [id, experimentId, run, wait, minutes(cooldownMinutes)];
  });
  const watched = (limit: number): Promise<Stalled[]> => deps.db.all(WATCHED, [JSON.stringify(rules), limit]);
  const now = deps.now();
  const first = await watched(AT_ONCE);
  const due = first.filter((one) => one.due <= now);
  for (const one of due) await tell(deps, alerts.find(({ id }) => id === one.alert)!, one);
  const [next] = due.length === 0 ? first : await watched(1);
  return next?.due ?? null;
}

async function tell(deps: Deps, alert: CachedAlert, { run: id, attempt, token, progress_at }: Stalled): Promise<void> {
  const run = await alertedRun(deps, id);
  if (!run) return;
  const at = deps.now();
  // Only if nothing moved since it was looked at.
  const when = {
    sql: 'live.run = ? AND live.attempt = ? AND live.token = ? AND live.progress_at IS ?',
    params: [id, attempt, token, progress_at],
  };
  const firing = { at, attempt, key: null, step: null, value: null };
  await deps.db.batch(alertStatements(deps, alert, run, { state: { armed: false, firedAt: at }, firing }, when));
}
