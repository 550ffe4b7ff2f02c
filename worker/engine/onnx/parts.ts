import { multiplications, type Plan } from './plan.ts';

/** Multiplications per batch and pass below which another thread costs more than it saves. */
const LEAST_WORK = 2e8;

const isSmall = (plan: Plan, batchSize: number): boolean => multiplications(plan) * batchSize < LEAST_WORK;

/**
 * Whether batches are cut in two. It depends on the net and the batch size alone, never on the machine, so that the same
 * run gives the same bytes everywhere.
 */
export function partsFor(plan: Plan, batchSize: number): 1 | 2 {
  // BatchNormalization must see the whole batch, unless it is frozen.
  if (batchSize < 4 || plan.operations.some((o) => o.kind === 'batch_normalization' && !o.frozen)) return 1;
  return isSmall(plan, batchSize) ? 1 : 2;
}

/** How many of the threads offered a net can use; that changes no result. */
export const threadsFor = (plan: Plan, batchSize: number, offered: number): number =>
  isSmall(plan, batchSize) ? 1 : offered;
