import type { RunConfig } from '@tidemark/training/config';
import { countRight } from '@tidemark/training/metrics/accuracy';
import { metricsOf } from '@tidemark/training/metrics/create';
import type { Outputs } from '@tidemark/training/metrics/metric';
import type { Sums } from '../checkpoint.ts';
import type { Batch, BatchResult } from '../engine/engine.ts';
import type { Images } from './images.ts';
import { Tally } from './tally.ts';
import { TestFigures } from './test-figures.ts';

/** What a run measures of its sets and batches. */
export class Measures {
  readonly #config: RunConfig;
  readonly #outputs: Outputs;

  constructor(config: RunConfig, { classes, outputs }: Images) {
    this.#config = config;
    this.#outputs = { mode: config.data.class_mode, classes, count: outputs };
  }

  /** A fresh tally, or one that goes on from sums. */
  tally(sums?: Sums): Tally {
    return new Tally(metricsOf(this.#outputs.mode, this.#config.metrics), this.#outputs, sums);
  }

  /** Fresh figures of a set; null where there are none to draw. */
  figures(): TestFigures | null {
    return this.#outputs.mode === 'regression' ? null : new TestFigures(this.#outputs);
  }

  /** What one batch logs, by key. */
  batch(
    { labels, count }: Pick<Batch, 'labels' | 'count'>,
    { loss, probabilities }: BatchResult,
    learningRate: number,
  ): Record<string, number> {
    const values: Record<string, number> = { 'batch/loss': loss };
    if (this.#outputs.mode !== 'regression') {
      const [right, asked] = countRight(this.#outputs, { outputs: probabilities, labels, count });
      values['batch/accuracy'] = right / asked;
    }
    // A constant one is logged by the epoch.
    const { optimizer, stages = [] } = this.#config;
    const rates = [optimizer.learning_rate, ...stages.map((stage) => stage.learning_rate)];
    if (rates.some((rate) => typeof rate === 'object')) values['batch/learning_rate'] = learningRate;
    return values;
  }
}
