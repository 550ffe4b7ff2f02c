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
