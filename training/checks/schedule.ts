import type { LearningRate } from '../config/schedule.ts';
import type { ConfigIssue } from '../issues.ts';
import { shown } from '../issues.ts';
import type { Check } from './check.ts';

const ascends = (values: readonly number[]) => values.every((value, i) => i === 0 || value > values[i - 1]!);

/** Arguments of a schedule that exclude or need each other, the optimizer's and each stage's. */
export const scheduleHolds: Check = ({ optimizer, stages = [], epochs }) => [
  ...issuesOf(optimizer.learning_rate, ['optimizer', 'learning_rate'], epochs),
  ...stages.flatMap((stage, index) =>
    issuesOf(stage.learning_rate, ['stages', index, 'learning_rate'], stage.epochs ?? epochs),
  ),
];

function issuesOf(rate: LearningRate | undefined, at: ConfigIssue['path'], epochs: number): ConfigIssue[] {
  if (rate === undefined || typeof rate === 'number') return [];
  const issues: ConfigIssue[] = [];
  const wrong = (key: string, message: string, value: unknown, allowed: string) =>
    issues.push({ path: [...at, key], message, value: shown(value), allowed });
  const either = (one: string, other: string) => {
    const given: Record<string, unknown> = rate;
    if (given[one] === undefined || given[other] === undefined) return;
    wrong(other, `\`${one}\` and \`${other}\` exclude each other`, given[other], 'either of them');
  };
  either('decay_steps', 'decay_epochs');
  either('warmup_steps', 'warmup_epochs');
  either('first_decay_steps', 'first_decay_epochs');
  either('boundaries', 'milestones');
  if (rate.schedule === 'step') {
    const key = rate.milestones ? 'milestones' : 'boundaries';
    const places = rate[key];
    if (!places) {
      wrong(
        'boundaries',
        'Nothing says when the rate changes',
        undefined,
        '`boundaries` (steps) or `milestones` (epochs)',
      );
      return issues;
    }
    if (!ascends(places)) wrong(key, `\`${key}\` must ascend`, places, 'each above the one before');
    const values = places.length + 1;
    if (rate.values.length !== values) {
      wrong('values', `${places.length} ${key} part ${values} values`, rate.values, `a list of ${values} values`);
    }
  }
  if (rate.schedule === 'cosine' && rate.warmup_target === undefined) {
    const length = rate.warmup_steps ?? rate.warmup_epochs ?? 0;
    if (length > 0) wrong('warmup_target', 'A warm-up needs the rate that it leads to', undefined, 'a number above 0');
  }
  if (rate.schedule === 'cosine' && (rate.warmup_epochs ?? 0) >= epochs) {
    const allowed = `fewer than the ${epochs} epochs that it has`;
    wrong('warmup_epochs', 'The warm-up never ends', rate.warmup_epochs, allowed);
  }
  return issues;
}
