import { sizeOf } from '@tidemark/training/layers/shape';
import type * as ort from 'onnxruntime-node';
import type { Batch, BatchResult } from '../engine.ts';
import type { Plan } from './plan.ts';
import { openGraph } from './runner.ts';
import { Share, type ShareResult, type ShareRunner, type ShareTask, unpack } from './share.ts';
import { WorkerShare } from './share-worker.ts';
import { batchResult, type Step, type Stepper, type StepperOptions } from './stepper.ts';
import { floats, type Tensors, tensor } from './tensors.ts';
import { nextName, updateGraph } from './update.ts';

/**
 * Batches cut into two halves, whose gradients are added and then applied. With two threads each half has its own: then no
 * operation waits for another thread, which costs little on a quiet machine and much on a busy one. How many threads there
 * are does not change what is computed.
 */
export class HalvedStepper implements Stepper {
  readonly #options: StepperOptions;
  readonly #first: Share;
  readonly #second: ShareRunner;
  #update: ort.InferenceSession | null = null;

  constructor(options: StepperOptions) {
    const { layers, input, batchSize, loss, seed, fast, threads } = options;
    this.#options = options;
    const share = (n: number) => ({ layers, input, batchSize, loss, seed, fast, threads: n });
    this.#first = new Share(share(Math.max(1, Math.ceil(threads / 2))));
    this.#second = threads > 1 ? new WorkerShare(share(Math.floor(threads / 2))) : this.#first;
  }

  async open(): Promise<void> {
    const { plan, update } = this.#options;
    this.#update = await openGraph(updateGraph(plan.parameters, update), 1);
  }

  /** Both halves' results. The thread starts on its half before this one blocks on the other. */
  async #run(batch: Batch, kind: ShareTask['kind'], step: number, now: Tensors): Promise<ShareResult[]> {
    const { plan, input } = this.#options;
    const [pixels, outputs] = [sizeOf(input), plan.outputs];
    const middle = Math.ceil(batch.count / 2);
    const task = (from: number, to: number, copy: boolean): ShareTask => {
      const part = (x: Float32Array, size: number) =>
        copy ? x.slice(from * size, to * size) : x.subarray(from * size, to * size);
      return {
        kind,
        images: part(batch.images, pixels),
        labels: part(batch.labels, outputs),
        ...(batch.weights ? { weights: part(batch.weights, 1) } : {}),
        count: to - from,
        total: batch.count,
        first: from,
        step,
        parameters: pack(plan, now),
      };
    };
    if (middle === batch.count) return [await this.#first.run(task(0, middle, false))];
    const second = this.#second.run(task(middle, batch.count, this.#second !== this.#first));
    if (this.#second === this.#first) await second;
    // Both are waited for even when one fails: the thread takes one task at a time.
    const [a, b] = await Promise.allSettled([this.#first.run(task(0, middle, false)), second]);
    if (a.status === 'rejected') throw a.reason;
    if (b.status === 'rejected') throw b.reason;
    return [a.value, b.value];
  }

  #result(results: ShareResult[], count: number): BatchResult {
    const probabilities = new Float32Array(count * this.#options.plan.outputs);
    let at = 0;
    for (const r of results) {
      probabilities.set(r.probabilities, at);
      at += r.probabilities.length;
    }
    return batchResult(
      results.flatMap((r) => [...r.losses]),
      count,
      probabilities,
    );
  }

  async step(batch: Batch, { step, learningRate }: Step, now: Tensors, next: Tensors): Promise<BatchResult> {
    const { plan, update } = this.#options;
    const results = await this.#run(batch, 'train', step, now);
    const none = results.length < 2 ? new Float32Array(results[0]!.gradients.length) : null;
    const gradients = [results[0]!.gradients, results[1]?.gradients ?? none!];
    const feeds: Tensors = { ...now, rate: tensor([], Float32Array.of(update.rate(step, learningRate))) };
    gradients.forEach((packed, part) => {
      Object.assign(
        feeds,
        unpack(plan, packed, (name) => `gradient${part}/${name}`),
      );
    });
    const fetches = Object.fromEntries(Object.entries(next).map(([name, t]) => [nextName(name), t]));
    await this.#update!.run(feeds, fetches);
    return this.#result(results, batch.count);
  }

  async evaluate(batch: Batch, now: Tensors): Promise<BatchResult> {
    return this.#result(await this.#run(batch, 'evaluate', 0, now), batch.count);
  }

  async release(): Promise<void> {
    await this.#first.release();
    if (this.#second !== this.#first) await this.#second.release();
    await this.#update?.release();
    this.#update = null;
  }
}

function pack({ parameters }: Plan, now: Tensors): Float32Array {
  const out = new Float32Array(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let at = 0;
  for (const { name } of parameters) {
    out.set(floats(now[name]!), at);
    at += now[name]!.size;
  }
  return out;
}
