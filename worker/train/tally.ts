import type { MetricConfig } from '@tidemark/training/config/metrics';
import { createMetric } from '@tidemark/training/metrics/create';
import type { Metric, Outputs } from '@tidemark/training/metrics/metric';
import type { Sums } from '../checkpoint.ts';
import type { Batch, BatchResult } from '../engine/engine.ts';

/** Loss and metrics over the images of a set, batch by batch. */
export class Tally {
  readonly #metrics: readonly Metric[];
  #loss = 0;
  #count = 0;

  /** @param sums where it goes on from */
  constructor(metrics: readonly MetricConfig[], outputs: Outputs, sums?: Sums) {
    this.#metrics = metrics.map((metric) => createMetric(metric, outputs));
    if (!sums || sums.count === 0) return;
    this.#loss = sums.loss;
    this.#count = sums.count;
    this.#metrics.forEach((metric, i) => {
      const state = sums.metrics[i];
      if (state) metric.load(state);
    });
  }

  add({ labels, count }: Pick<Batch, 'labels' | 'count'>, { loss, probabilities }: BatchResult): void {
    this.#loss += loss * count;
    this.#count += count;
    for (const metric of this.#metrics) metric.update({ outputs: probabilities, labels, count });
  }

  get images(): number {
    return this.#count;
  }

  /** By key, `loss` first: means over the images. */
  values(prefix = ''): Record<string, number> {
    const values: Record<string, number> = { loss: this.#loss / this.#count };
    for (const metric of this.#metrics) Object.assign(values, metric.values());
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
  }

  sums(): Sums {
    return { loss: this.#loss, count: this.#count, metrics: this.#metrics.map((metric) => metric.state()) };
  }
}
