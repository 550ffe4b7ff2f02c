import { keyNames } from './keys.ts';
import type { Metric, MetricState, Outputs, Predictions } from './metric.ts';
import { averagePrecision, rocArea } from './ranking.ts';
import { Scores } from './scores.ts';

/**
 * The area under a curve, exact (Keras's AUC puts scores into 200 bins). Of several classes, the mean of each against the rest, as
 * scikit-learn's `multi_class='ovr', average='macro'`; classes without images or with nothing else are left out of it.
 */
export class Auc implements Metric {
  readonly #outputs: Outputs;
  readonly #options: { curve: 'ROC' | 'PR'; per_class: boolean };
  readonly #scores: Scores;

  constructor(outputs: Outputs, options: { curve: 'ROC' | 'PR'; per_class: boolean }) {
    this.#outputs = outputs;
    this.#options = options;
    this.#scores = new Scores(outputs);
  }

  update(predictions: Predictions): void {
    this.#scores.update(predictions);
  }

  values(): Record<string, number> {
    const { count, classes } = this.#outputs;
    const area = this.#options.curve === 'ROC' ? rocArea : averagePrecision;
    const each = Array.from({ length: count }, (_, column) => area(this.#scores.ranked(column)));
    const known = each.filter((value) => !Number.isNaN(value));
    const values: Record<string, number> = { auc: known.reduce((sum, value) => sum + value, 0) / known.length };
    if (this.#options.per_class && count > 1) {
      for (const [c, key] of keyNames(classes).entries()) values[`auc/${key}`] = each[c]!;
    }
    return values;
  }

  state(): MetricState {
    return this.#scores.state();
  }

  load(state: MetricState): void {
    this.#scores.load(state);
  }
}
