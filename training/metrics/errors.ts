import { keyNames } from './keys.ts';
import type { Metric, MetricState, Outputs, Predictions } from './metric.ts';

/** Sums over one target: count, Σ|error|, Σ error², the truth's mean and Σ (truth − mean)², the last two by Welford's recurrence. */
interface Sums {
  count: number;
  absolute: number;
  squared: number;
  mean: number;
  spread: number;
}

const FORMULA = {
  mae: ({ absolute, count }: Sums) => absolute / count,
  mse: ({ squared, count }: Sums) => squared / count,
  rmse: ({ squared, count }: Sums) => Math.sqrt(squared / count),
  // scikit-learn: where the truth is constant, 1 for a perfect answer and 0 for any other.
  r2: ({ squared, spread }: Sums) => (spread > 0 ? 1 - squared / spread : squared === 0 ? 1 : 0),
};
export type ErrorName = keyof typeof FORMULA;

/** A regression's error: of each target, and their mean (scikit-learn's `multioutput='uniform_average'`). */
export class Errors implements Metric {
  readonly #name: ErrorName;
  readonly #targets: readonly string[];
  readonly #sums: Sums[];

  constructor(name: ErrorName, { classes }: Outputs) {
    this.#name = name;
    this.#targets = keyNames(classes);
    this.#sums = classes.map(() => ({ count: 0, absolute: 0, squared: 0, mean: 0, spread: 0 }));
  }

  update({ outputs, labels, count }: Predictions): void {
    const columns = this.#sums.length;
    for (let i = 0; i < count * columns; i++) {
      const sums = this.#sums[i % columns]!;
      const truth = labels[i]!;
      const error = outputs[i]! - truth;
      const ahead = truth - sums.mean;
      sums.count++;
      sums.absolute += Math.abs(error);
      sums.squared += error * error;
      sums.mean += ahead / sums.count;
      sums.spread += ahead * (truth - sums.mean);
    }
  }

  /** Of each target. */
  each(): number[] {
    return this.#sums.map(FORMULA[this.#name]);
  }

  values(): Record<string, number> {
    const each = this.each();
    const values = { [this.#name]: each.reduce((sum, value) => sum + value, 0) / each.length };
    if (each.length > 1) for (const [t, value] of each.entries()) values[`${this.#name}/${this.#targets[t]}`] = value;
    return values;
  }

  state(): MetricState {
    const sums = this.#sums.flatMap(({ count, absolute, squared, mean, spread }) => [
      count,
      absolute,
      squared,
      mean,
      spread,
    ]);
    return { sums, scores: new Float32Array(0) };
  }

  load({ sums: flat }: MetricState): void {
    this.#sums.forEach((sums, target) => {
      const [count = 0, absolute = 0, squared = 0, mean = 0, spread = 0] = flat.slice(5 * target, 5 * target + 5);
      Object.assign(sums, { count, absolute, squared, mean, spread });
    });
  }
}
