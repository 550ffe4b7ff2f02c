import type { Metric, Outputs, Predictions } from './metric.ts';
import { predicted } from './predicted.ts';

/** Right answers of a batch, and how many there could be. */
export function countRight(
  { mode, count: outputs }: Outputs,
  { outputs: said, labels, count }: Predictions,
): [number, number] {
  let right = 0;
  if (mode === 'multi_label') {
    const n = count * outputs;
    for (let i = 0; i < n; i++) if (said[i]! > 0.5 === labels[i]! > 0.5) right++;
    return [right, n];
  }
  for (let row = 0; row < count; row++) {
    if (predicted(said, row, outputs) === predicted(labels, row, outputs)) right++;
  }
  return [right, count];
}

/** Keras's binary_accuracy and categorical_accuracy; of several labels an image, the share of labels that are right. */
export class Accuracy implements Metric {
  readonly #outputs: Outputs;
  #right = 0;
  #asked = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  update(predictions: Predictions): void {
    const [right, asked] = countRight(this.#outputs, predictions);
    this.#right += right;
    this.#asked += asked;
  }

  values(): Record<string, number> {
    return { accuracy: this.#right / this.#asked };
  }

  state() {
    return { sums: [this.#right, this.#asked], scores: new Float32Array(0) };
  }

  load({ sums: [right = 0, asked = 0] }: { sums: number[] }): void {
    this.#right = right;
    this.#asked = asked;
  }
}
