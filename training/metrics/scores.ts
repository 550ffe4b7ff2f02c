import type { MetricState, Outputs, Predictions } from './metric.ts';
import { predicted } from './predicted.ts';
import type { Ranked } from './ranking.ts';

/** Every score of every image, with the truth: what curves are made of. Twice the outputs' size in memory. */
export class Scores {
  readonly #outputs: Outputs;
  /** Rows of scores, each followed by its row of zeros and ones. */
  #rows = new Float32Array(1024);
  #used = 0;

  constructor(outputs: Outputs) {
    this.#outputs = outputs;
  }

  update({ outputs, labels, count }: Predictions): void {
    const { count: columns, mode } = this.#outputs;
    const needed = this.#used + count * columns * 2;
    if (needed > this.#rows.length) {
      const larger = new Float32Array(Math.max(needed, this.#rows.length * 2));
      larger.set(this.#rows.subarray(0, this.#used));
      this.#rows = larger;
    }
    for (let row = 0; row < count; row++) {
      this.#rows.set(outputs.subarray(row * columns, (row + 1) * columns), this.#used);
      const truth = this.#rows.subarray(this.#used + columns, this.#used + 2 * columns);
      if (mode === 'categorical') truth.fill(0)[predicted(labels, row, columns)] = 1;
      else for (let c = 0; c < columns; c++) truth[c] = labels[row * columns + c]! > 0.5 ? 1 : 0;
      this.#used += 2 * columns;
    }
  }

  /** Of one output. */
  ranked(column: number): Ranked {
    const stride = 2 * this.#outputs.count;
    const [positive, negative]: [number[], number[]] = [[], []];
    for (let at = column; at < this.#used; at += stride) {
      (this.#rows[at + this.#outputs.count] === 1 ? positive : negative).push(this.#rows[at]!);
    }
    return { positive: Float32Array.from(positive).sort(), negative: Float32Array.from(negative).sort() };
  }

  state(): MetricState {
    return { sums: [], scores: this.#rows.slice(0, this.#used) };
  }

  load({ scores }: MetricState): void {
    this.#rows = new Float32Array(Math.max(1024, scores.length));
    this.#rows.set(scores);
    this.#used = scores.length;
  }
}
