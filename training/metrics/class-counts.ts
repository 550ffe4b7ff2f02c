import type { Outputs, Predictions } from './metric.ts';
import { predicted } from './predicted.ts';

/** Of one class: images that are of it and said to be, only said to be, and only are. */
export interface Counts {
  hits: number;
  falseAlarms: number;
  misses: number;
}

export const precisionOf = ({ hits, falseAlarms }: Counts): number => ratio(hits, hits + falseAlarms);
export const recallOf = ({ hits, misses }: Counts): number => ratio(hits, hits + misses);
export const f1Of = ({ hits, falseAlarms, misses }: Counts): number => ratio(2 * hits, 2 * hits + falseAlarms + misses);

/** As Keras and scikit-learn: nothing of nothing is 0. */
const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** Adds a batch to the counts of each class. One output has two classes, its value being the second's probability. */
export function countClasses(
  counts: readonly Counts[],
  { mode, count: outputs }: Outputs,
  { outputs: said, labels, count }: Predictions,
  threshold: number,
): void {
  const add = (c: number, says: boolean, is: boolean) => {
    if (says && is) counts[c]!.hits++;
    else if (says) counts[c]!.falseAlarms++;
    else if (is) counts[c]!.misses++;
  };
  for (let row = 0; row < count; row++) {
    if (mode === 'categorical') {
      const [says, is] = [predicted(said, row, outputs), predicted(labels, row, outputs)];
      add(says, true, says === is);
      if (says !== is) add(is, false, true);
    } else if (mode === 'binary') {
      const [says, is] = [said[row]! > threshold, labels[row]! > 0.5];
      add(1, says, is);
      add(0, !says, !is);
    } else {
      for (let c = 0; c < outputs; c++) {
        add(c, said[row * outputs + c]! > threshold, labels[row * outputs + c]! > 0.5);
      }
    }
  }
}
