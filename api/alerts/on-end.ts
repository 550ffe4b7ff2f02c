import type { Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import type { AlertRule } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { cachedAlerts } from './cached.ts';
import { step } from './edge.ts';
import { alertedRun, alertStatements, inScope } from './fire.ts';

/** How an attempt ends, as far as alerts look at it. */
interface Ending {
  readonly run: string;
  readonly attempt: number;
  readonly status: string;
  readonly outcome: string;
  readonly error?: { readonly message: string } | undefined;
}

/** What alerts write together with the end of an attempt: messages that a run failed, finished or lost its worker. */
export async function alertsOnEnd(deps: Deps, ending: Ending, when: Condition): Promise<Statement[]> {
  const { run: id, attempt, status, outcome, error } = ending;
  const kinds: AlertRule['kind'][] = [];
  if (status === 'failed') kinds.push('failed');
  if (status === 'finished') kinds.push('finished');
  if (outcome === 'lost') kinds.push('worker_lost');
  if (kinds.length === 0) return [];
  const alerts = (await cachedAlerts(deps)).filter(({ rule }) => kinds.includes(rule.kind));
  const run = alerts.length === 0 ? null : await alertedRun(deps, id);
  if (!run) return [];
  const at = deps.now();
  return alerts
    .filter((alert) => inScope(alert, run))
    .flatMap((alert) => {
      // An end is over as soon as it is told: the next one finds the alert armed.
      const before = run.states.get(alert.id) ?? null;
      const { fires, state } = step(before && { ...before, armed: true }, true, at, alert.cooldownMinutes);
      if (!fires) return [];
      const firing = { at, attempt, key: null, step: null, value: null, status, error: error?.message.slice(0, 2000) };
      return alertStatements(deps, alert, run, { state, firing }, when);
    });
}
