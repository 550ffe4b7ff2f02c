import type { Firing } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import type { CachedAlert } from './cached.ts';
import type { AlertedRun } from './fire.ts';
import { describeRule } from './rule.ts';

/** The body of a message, as docs/alerts.md describes it. */
export interface Payload {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Subject = Pick<AlertedRun, 'id' | 'experiment' | 'ordinal' | 'name' | 'status'>;

export function alertPayload(
  deps: Deps,
  alert: Pick<CachedAlert, 'id' | 'name' | 'rule'>,
  run: Subject | null,
  { status, error, ...firing }: Firing & { status?: string; error?: string | undefined },
  type: string = alert.rule.kind,
): Payload {
  const path = deps.slug === 'default' ? '' : `/p/${deps.slug}`;
  return {
    type: `alert.${type}`,
    // biome-ignore lint/style/noRestrictedGlobals: a time as text, not the clock
    timestamp: new Date(firing.at).toISOString(),
    data: {
      project: deps.slug,
      alert: { id: alert.id, name: alert.name, rule: alert.rule, text: describeRule(alert.rule) },
      run: run && {
        id: run.id,
        experiment: run.experiment,
        ordinal: run.ordinal,
        name: run.name,
        status: status ?? run.status,
        path: `${path}/r/${run.id}`,
      },
      attempt: firing.attempt,
      key: firing.key,
      step: firing.step,
      value: firing.value,
      ...(error === undefined ? {} : { error }),
    },
  };
}
