import type { Statement } from '@tidemark/db/database';
import type { Condition, Holder } from '@tidemark/db/fence';
import type { Firing } from '../contract/alerts.ts';
import type { SeriesIn } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { type CachedAlert, cachedAlerts } from './cached.ts';
import { type State, step } from './edge.ts';
import { alertedRun, alertStatements, inScope } from './fire.ts';
import { isTrueOf, looksAt, type PointRule } from './rule.ts';

type PointAlert = CachedAlert & { readonly rule: PointRule };

/**
 * What alerts write together with a batch of points, each statement on the batch's own condition: nothing, unless one fires or is armed
 * again. Without rules about these metrics it costs a look into memory; the database is asked only when one is true, or may be armed again.
 */
export async function alertsOnLog(
  deps: Deps,
  { run: id, attempt }: Holder,
  series: readonly SeriesIn[],
  when: Condition,
): Promise<Statement[]> {
  const alerts = (await cachedAlerts(deps)).filter(
    (alert): alert is PointAlert =>
      (alert.rule.kind === 'metric' || alert.rule.kind === 'nan') &&
      (alert.run === null || alert.run === id) &&
      series.some((one) => matters(alert as PointAlert, one)),
  );
  if (alerts.length === 0) return [];
  const run = await alertedRun(deps, id);
  if (!run) return [];
  const now = deps.now();
  return alerts
    .filter((alert) => inScope(alert, run))
    .flatMap((alert) => {
      const before = run.states.get(alert.id) ?? null;
      const after = follow(alert, series, before, { now, attempt });
      return after.state === before ? [] : alertStatements(deps, alert, run, after, when);
    });
}

/** Whether a series may change how an alert stands. */
const matters = ({ rule, cooldownMinutes }: PointAlert, { key, steps, values }: SeriesIn): boolean =>
  looksAt(rule, key) &&
  (cooldownMinutes === null ? values.some((value, i) => isTrueOf(rule, steps[i]!, value)) : values.length > 0);

/** A batch has one time, so an alert fires at most once in it. */
function follow(
  { rule, cooldownMinutes }: PointAlert,
  series: readonly SeriesIn[],
  before: State,
  { now, attempt }: { now: number; attempt: number },
): { state: State; firing: Firing | null } {
  let state = before;
  let firing: Firing | null = null;
  for (const { key, steps, values } of series) {
    if (!looksAt(rule, key)) continue;
    for (const [i, value] of values.entries()) {
      const edge = step(state, isTrueOf(rule, steps[i]!, value), now, cooldownMinutes);
      if (edge.fires) firing = { at: now, attempt, key, step: steps[i]!, value };
      state = edge.state;
    }
  }
  return { state, firing };
}
