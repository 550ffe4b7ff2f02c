import type { AlertRule } from '../contract/alerts.ts';
import { type MetricValue, toNumber } from '../contract/common.ts';

/** A rule about points. */
export type PointRule = Extract<AlertRule, { kind: 'metric' | 'nan' }>;

/** A rule in words: `val_loss > 5`. */
export function describeRule(rule: AlertRule): string {
  switch (rule.kind) {
    case 'metric':
      return `${rule.key} ${rule.op} ${rule.value}${rule.fromStep === undefined ? '' : ` from step ${rule.fromStep}`}`;
    case 'nan':
      return rule.key === undefined ? 'a metric is NaN or infinite' : `${rule.key} is NaN or infinite`;
    case 'no_progress':
      return `no progress for ${rule.minutes} min`;
    case 'failed':
      return 'the run failed';
    case 'finished':
      return 'the run finished';
    case 'worker_lost':
      return 'its worker was lost';
  }
}

/** Whether a rule looks at a metric's points at all. */
export const looksAt = (rule: PointRule, key: string): boolean => rule.key === undefined || rule.key === key;

/** Whether a rule is true of a point. NaN is neither above nor below anything. */
export function isTrueOf(rule: PointRule, step: number, given: MetricValue): boolean {
  const value = toNumber(given);
  if (rule.kind === 'nan') return !Number.isFinite(value);
  if (rule.fromStep !== undefined && step < rule.fromStep) return false;
  switch (rule.op) {
    case '>':
      return value > rule.value;
    case '>=':
      return value >= rule.value;
    case '<':
      return value < rule.value;
    case '<=':
      return value <= rule.value;
  }
}
