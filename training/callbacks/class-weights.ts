import type { ClassWeight } from '../config/callbacks.ts';

/**
 * The factor of each class.
 * `balanced` is scikit-learn's (sklearn.utils.class_weight.compute_class_weight): images / (classes · images of the class).
 * @param counts training images of each class; a class without any gets 1
 */
export function classWeights(config: ClassWeight, classes: readonly string[], counts: readonly number[]): Float32Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(classes, (name, c) => {
    if (typeof config !== 'string') return config[name] ?? 1;
    return counts[c] ? total / (classes.length * counts[c]) : 1;
  });
}

/**
 * The weight of each image of a batch: that of its class; of a soft label, the classes' by their shares.
 * @param labels [count, outputs]; one output: 0 to 1, the share of the second class
 */
export function sampleWeights(
  labels: Float32Array,
  count: number,
  outputs: number,
  weights: Float32Array,
): Float32Array {
  return Float32Array.from({ length: count }, (_, row) => {
    if (outputs === 1) return weights[0]! + (weights[1]! - weights[0]!) * labels[row]!;
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += labels[row * outputs + c]! * weights[c]!;
    return sum;
  });
}
