import type { Batch, BatchResult } from '../engine.ts';
import { evaluationGraph, trainingGraph } from './net.ts';
import { Runner, RunnerCache } from './runner.ts';
import { batchResult, nextFetches, type Step, type Stepper, type StepperOptions, scalarFeeds } from './stepper.ts';
import { floats, type Tensors } from './tensors.ts';

/** The whole step, update included, as one graph. Short batches have graphs of their own. */
export class WholeStepper implements Stepper {
  readonly #options: StepperOptions;
  readonly #training: RunnerCache;
  #evaluation: Runner | null = null;

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#training = new RunnerCache(4, (slots) =>
      this.#open(trainingGraph({ ...options, images: slots }, options.rule), slots),
    );
  }

  #open(net: ReturnType<typeof trainingGraph>, slots: number): Promise<Runner> {
    const { input, plan, threads, deviceId = 0 } = this.#options;
    return Runner.open(net, { slots, input, outputs: plan.outputs, threads, deviceId });
  }

  async open(): Promise<void> {
    await this.#training.get(this.#options.batchSize);
  }

  #result({ loss, probabilities }: Runner, count: number): BatchResult {
    const all = floats(probabilities).slice(0, count * this.#options.plan.outputs);
    return batchResult(floats(loss).subarray(0, count), count, all);
  }

  async step(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<BatchResult> {
    const runner = await this.#training.get(batch.count);
    const feeds = { ...now, ...scalarFeeds(runner.graph, this.#options.rule, step) };
    await runner.run(batch, { seed: this.#options.seed, step: step.step, first: 0 }, feeds, nextFetches(now, next));
    return this.#result(runner, batch.count);
  }

  /** A short batch runs in the whole batch's graph: images do not see each other here. */
  async evaluate(batch: Batch, weights: Tensors): Promise<BatchResult> {
    const { batchSize } = this.#options;
    this.#evaluation ??= await this.#open(evaluationGraph({ ...this.#options, images: batchSize }), batchSize);
    await this.#evaluation.run(batch, null, weights, {});
    return this.#result(this.#evaluation, batch.count);
  }

  async release(): Promise<void> {
    await this.#training.release();
    await this.#evaluation?.release();
    this.#evaluation = null;
  }
}
