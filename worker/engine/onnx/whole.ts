import type { Batch, BatchResult } from '../engine.ts';
import { evaluationGraph, trainingGraph } from './net.ts';
import { Runner, RunnerCache } from './runner.ts';
import { batchResult, type Step, type Stepper, type StepperOptions } from './stepper.ts';
import { floats, type Tensors, tensor } from './tensors.ts';
import { nextName } from './update.ts';

/** The whole step, update included, as one graph. Short batches have graphs of their own. */
export class WholeStepper implements Stepper {
  readonly #options: StepperOptions;
  readonly #training: RunnerCache;
  #evaluation: Runner | null = null;

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#training = new RunnerCache(4, (slots) =>
      this.#open(trainingGraph({ ...options, images: slots }, options.update), slots),
    );
  }

  #open(net: ReturnType<typeof trainingGraph>, slots: number): Promise<Runner> {
    const { input, plan, threads } = this.#options;
    return Runner.open(net, { slots, input, outputs: plan.outputs, threads });
  }

  async open(): Promise<void> {
    await this.#training.get(this.#options.batchSize);
  }

  #result({ loss, probabilities }: Runner, count: number): BatchResult {
    const all = floats(probabilities).slice(0, count * this.#options.plan.outputs);
    return batchResult(floats(loss).subarray(0, count), count, all);
  }

  async step(batch: Batch, { step, learningRate }: Step, now: Tensors, next: Tensors): Promise<BatchResult> {
    const runner = await this.#training.get(batch.count);
    const rate = tensor([], Float32Array.of(this.#options.update.rate(step, learningRate)));
    const fetches = Object.fromEntries(Object.entries(next).map(([name, t]) => [nextName(name), t]));
    await runner.run(batch, { seed: this.#options.seed, step, first: 0 }, { ...now, rate }, fetches);
    return this.#result(runner, batch.count);
  }

  /** A short batch runs in the whole batch's graph: images do not see each other here. */
  async evaluate(batch: Batch, now: Tensors): Promise<BatchResult> {
    const { plan, batchSize } = this.#options;
    this.#evaluation ??= await this.#open(evaluationGraph({ ...this.#options, images: batchSize }), batchSize);
    const parameters = Object.fromEntries(plan.parameters.map(({ name }) => [name, now[name]!]));
    await this.#evaluation.run(batch, null, parameters, {});
    return this.#result(this.#evaluation, batch.count);
  }

  async release(): Promise<void> {
    await this.#training.release();
    await this.#evaluation?.release();
    this.#evaluation = null;
  }
}
