import type { Metric, Outputs, Predictions } from './metric.ts';
import { predicted } from './predicted.ts';

/** Keras's top_k_categorical_accuracy: fewer than k classes are more probable than the right one, so a tie counts as right. */
export class TopK implements Metric {
  readonly #outputs: Outputs;
  readonly #k: number;
  #right = 0;
  #asked = 0;

  constructor(outputs: Outputs, k: number) {
    this.#outputs = outputs;
    this.#k = k;
  }

  update({ outputs, labels, count }: Predictions): void {
    const classes = this.#outputs.count;
    for (let row = 0; row < count; row++) {
      const truth = outputs[row * classes + predicted(labels, row, classes)]!;
      let above = 0;
      for (let c = 0; c < classes; c++) if (outputs[row * classes + c]! > truth) above++;
      if (above < this.#k) this.#right++;
    }
    this.#asked += count;
  }

  values(): Record<string, number> {
    return { top_k_categorical_accuracy: this.#right / this.#asked };
  }

  state() {
    return { sums: [this.#right, this.#asked], scores: new Float32Array(0) };
  }

  load({ sums: [right = 0, asked = 0] }: { sums: number[] }): void {
    this.#right = right;
    this.#asked = asked;
  }
}
