import { sizeOf } from '@tidemark/training/layers/shape';
import type { Plan } from './plan.ts';

/** Multiplications per batch below which handing half of it to another thread costs more than it saves. */
const LEAST_WORK = 2e8;

/**
 * Whether batches are cut in two. It depends on the net and the batch size alone, never on the machine, so that the same
 * run gives the same bytes everywhere.
 */
export function partsFor({ operations, parameters }: Plan, batchSize: number): 1 | 2 {
  // BatchNormalization must see the whole batch.
  if (batchSize < 4 || parameters.some((p) => !p.trainable)) return 1;
  let work = 0;
  for (const o of operations) {
    if (o.kind === 'dense') work += sizeOf(o.output) * o.inputs;
    if (o.kind === 'convolution') work += sizeOf(o.output) * o.channels * o.geometry.kernel[0] * o.geometry.kernel[1];
  }
  return work * batchSize < LEAST_WORK ? 1 : 2;
}
