import { sizeOf } from '@tidemark/training/layers/shape';
import type * as ort from 'onnxruntime-node';
import type { Batch, BatchResult } from '../engine.ts';
import type { Graph } from './graph.ts';
import { cut, type Piece, piecesOf } from './pieces.ts';
import { openGraph } from './runner.ts';
import { packedSize, Share, type ShareResult, type ShareRunner, type ShareTask, unpack } from './share.ts';
import { WorkerShare } from './share-worker.ts';
import { batchResult, type Step, type Stepper, type StepperOptions, scalarFeeds } from './stepper.ts';
import { floats, type Tensors } from './tensors.ts';
import { nextName, trained, updateGraph } from './update.ts';

/**
 * Batches cut into two halves, whose gradients are added and then applied. With two threads each half has its own: then no
 * operation waits for another thread, which costs little on a quiet machine and much on a busy one. How many threads there
 * are does not change what is computed.
 */
export class HalvedStepper implements Stepper {
  readonly #options: StepperOptions;
  readonly #first: Share;
  readonly #second: ShareRunner;
  readonly #pieces: readonly Piece[];
  /** Memory of the step before: each half's gradients, and what the second half's parameters travelled in. */
  #gradients: [Float32Array?, Float32Array?] = [];
  #packed: Float32Array | undefined;
  #graph: Graph | null = null;
  #update: ort.InferenceSession | null = null;

  constructor(options: StepperOptions) {
    const { layers, input, batchSize, loss, seed, fast, block, threads } = options;
    this.#options = options;
    this.#pieces = piecesOf(options.plan.parameters, options.rule);
    const share = (n: number) => ({ layers, input, batchSize, loss, seed, fast, block, threads: n });
    this.#first = new Share(share(Math.max(1, Math.ceil(threads / 2))));
    this.#second = threads > 1 ? new WorkerShare(share(Math.floor(threads / 2))) : this.#first;
  }

  async open(): Promise<void> {
    this.#graph = updateGraph(this.#pieces, this.#options.rule);
    this.#update = await openGraph(this.#graph, 1);
  }

  /** Both halves' results. The thread starts on its half before this one blocks on the other. */
  async #run(batch: Batch, kind: ShareTask['kind'], step: number, now: Tensors): Promise<ShareResult[]> {
    const { plan, input } = this.#options;
    const [pixels, outputs] = [sizeOf(input), plan.outputs];
    const middle = Math.ceil(batch.count / 2);
    const apart = this.#second !== this.#first;
    const [forFirst, forSecond] = this.#gradients;
    this.#gradients = [];
    const task = (from: number, to: number, away: boolean): ShareTask => {
      // What is shared between threads is read where it is.
      const part = (x: Float32Array, size: number) =>
        away && x.buffer instanceof ArrayBuffer ? x.slice(from * size, to * size) : x.subarray(from * size, to * size);
      const gradients = from === 0 ? forFirst : forSecond;
      return {
        kind,
        images: part(batch.images, pixels),
        labels: part(batch.labels, outputs),
        ...(batch.weights ? { weights: part(batch.weights, 1) } : {}),
        count: to - from,
        total: batch.count,
        first: from,
        step,
        parameters: away ? this.#pack(now) : Object.fromEntries(plan.parameters.map(({ name }) => [name, now[name]!])),
        ...(gradients && kind === 'train' ? { gradients } : {}),
      };
    };
    if (middle === batch.count) return [await this.#first.run(task(0, middle, false))];
    const second = this.#second.run(task(middle, batch.count, apart));
    if (!apart) await second;
    // Both are waited for even when one fails: the thread takes one task at a time.
    const [a, b] = await Promise.allSettled([this.#first.run(task(0, middle, false)), second]);
    if (a.status === 'rejected') throw a.reason;
    if (b.status === 'rejected') throw b.reason;
    this.#packed = b.value.packed;
    if (kind === 'train') this.#gradients = [a.value.gradients, b.value.gradients];
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

  async step(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<BatchResult> {
    const { plan, rule } = this.#options;
    const results = await this.#run(batch, 'train', step.step, now);
    const none = results.length < 2 ? new Float32Array(results[0]!.gradients.length) : null;
    const gradients = [results[0]!.gradients, results[1]?.gradients ?? none!];
    const pieces = this.#pieces;
    const feeds = scalarFeeds(this.#graph!, rule, step);
    const fetches: Tensors = {};
    for (const suffix of ['', ...rule.slots.map((slot) => `/${slot}`)]) {
      const named = (name: string) => `${name}${suffix}`;
      Object.assign(feeds, cut(pieces, now, named, named));
      Object.assign(
        fetches,
        cut(pieces, next, named, (name) => nextName(named(name))),
      );
    }
    gradients.forEach((packed, part) => {
      const named = (name: string) => `gradient${part}/${name}`;
      Object.assign(feeds, cut(pieces, unpack(trained(plan.parameters), packed, named), named, named));
    });
    await this.#update!.run(feeds, fetches);
    return this.#result(results, batch.count);
  }

  async evaluate(batch: Batch, weights: Tensors): Promise<BatchResult> {
    return this.#result(await this.#run(batch, 'evaluate', 0, weights), batch.count);
  }

  async release(): Promise<void> {
    await this.#first.release();
    if (this.#second !== this.#first) await this.#second.release();
    await this.#update?.release();
    this.#update = null;
  }

  /** All parameters in one piece of memory that can be given away. */
  #pack(now: Tensors): Float32Array {
    const { parameters } = this.#options.plan;
    const size = packedSize(parameters);
    const out = this.#packed?.length === size ? this.#packed : new Float32Array(size);
    this.#packed = undefined;
    let at = 0;
    for (const { name } of parameters) {
      out.set(floats(now[name]!), at);
      at += now[name]!.size;
    }
    return out;
  }
}
