import { sizeOf } from '@tidemark/training/layers/shape';
import type { Batch } from './engine.ts';

interface Expected {
  batchSize: number;
  /** Rows, columns, channels. */
  input: readonly [number, number, number];
  /** Probabilities, and so labels, per image. */
  outputs: number;
}

/** Throws a RangeError that names what is wrong with a batch, before an engine reads past an array's end. */
export function checkBatch({ images, labels, weights, count }: Batch, { batchSize, input, outputs }: Expected): void {
  const bad = (what: string) => new RangeError(`A batch's ${what}`);
  if (!Number.isInteger(count) || count < 1 || count > batchSize) {
    throw bad(`count must be between 1 and ${batchSize}, but is ${count}`);
  }
  if (images.length < count * sizeOf(input)) throw bad(`images hold ${images.length} numbers: too few for ${count}`);
  if (weights && weights.length < count) throw bad(`weights are too few: ${weights.length} for ${count} images`);
  if (labels.length < count * outputs) throw bad(`labels are too few: ${labels.length} for ${count} images`);
}
