import { type Counts, countClasses, f1Of, precisionOf, recallOf } from './class-counts.ts';
import { keyNames } from './keys.ts';
import type { Metric, Outputs, Predictions } from './metric.ts';

const FORMULA = { precision: precisionOf, recall: recallOf, f1: f1Of };

/**
 * Precision, recall or F1, as in scikit-learn with `zero_division=0`: for two classes that of the second (the positive one),
 * else the mean over all classes (`average='macro'`); and that of each class.
 */
export class Counted implements Metric {
  readonly #name: keyof typeof FORMULA;
  readonly #outputs: Outputs;
  readonly #options: { threshold: number; per_class: boolean };
  readonly #keys: readonly string[];
  readonly #counts: Counts[];

  constructor(name: keyof typeof FORMULA, outputs: Outputs, options: { threshold: number; per_class: boolean }) {
    this.#name = name;
    this.#outputs = outputs;
    this.#options = options;
    this.#keys = keyNames(outputs.classes);
    this.#counts = outputs.classes.map(() => ({ hits: 0, falseAlarms: 0, misses: 0 }));
  }

  update(predictions: Predictions): void {
    countClasses(this.#counts, this.#outputs, predictions, this.#options.threshold);
  }

  values(): Record<string, number> {
    const each = this.#counts.map(FORMULA[this.#name]);
    const mean = each.reduce((sum, value) => sum + value, 0) / each.length;
    const values = { [this.#name]: this.#outputs.mode === 'binary' ? each[1]! : mean };
    if (this.#options.per_class)
      for (const [c, value] of each.entries()) values[`${this.#name}/${this.#keys[c]}`] = value;
    return values;
  }

  state() {
    const sums = this.#counts.flatMap(({ hits, falseAlarms, misses }) => [hits, falseAlarms, misses]);
    return { sums, scores: new Float32Array(0) };
  }

  load({ sums }: { sums: number[] }): void {
    this.#counts.forEach((counts, c) => {
      const [hits = 0, falseAlarms = 0, misses = 0] = sums.slice(3 * c, 3 * c + 3);
      Object.assign(counts, { hits, falseAlarms, misses });
    });
  }
}
