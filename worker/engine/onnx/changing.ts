import type { Plan } from './plan.ts';

/** The parameters that a step changes: those that learn, and moving statistics outside frozen layers. */
export function changing({ operations, parameters }: Plan): Set<string> {
  const frozen = new Set(operations.flatMap((o) => (o.kind === 'batch_normalization' && o.frozen ? [o.layer] : [])));
  const changes = parameters.filter((p) => p.trainable || (p.statistic && !frozen.has(p.name.split('/')[0]!)));
  return new Set(changes.map(({ name }) => name));
}
