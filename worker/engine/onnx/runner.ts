import { type Shape, sizeOf } from '@tidemark/training/layers/shape';
import * as ort from 'onnxruntime-node';
import { maskKey } from '../dropout-mask.ts';
import type { Graph } from './graph.ts';
import { fillMaskInput } from './masks.ts';
import type { NetGraph } from './net.ts';
import { fillPatches } from './patches.ts';

export type Tensors = Record<string, ort.Tensor>;

/**
 * Threads wait for each other's next operation by spinning, but only this long: beside another busy program, endless
 * spinning takes the processor from the very thread that is waited for.
 */
const SPIN = { session: { intra_op: { spin_duration_us: '100' } } };

export const tensor = (dims: Shape, data: Float32Array = new Float32Array(sizeOf(dims))): ort.Tensor =>
  new ort.Tensor('float32', data as Float32Array<ArrayBuffer>, dims); // no shared memory is used here
/** All tensors here are made by `tensor`. */
export const floats = (t: ort.Tensor): Float32Array => t.data as Float32Array;

export const openGraph = (g: Graph, threads: number): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(g.model(), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    // The graphs are written in the order and form wanted; ONNX Runtime's rewriting slows them down.
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    extra: SPIN,
  });

/** Images and labels as the data pipeline gives them; of `images` the first `count` are read. No weights: all 1. */
export interface Part {
  images: Float32Array;
  labels: Float32Array;
  weights?: Float32Array;
  count: number;
}

/** What dropout masks are drawn for. `first`: the place of the part's first image in its batch. */
export interface Draw {
  seed: number;
  step: number;
  first: number;
}

/** A compiled graph with the memory it reads from and writes to. */
export class Runner {
  readonly loss: ort.Tensor;
  readonly probabilities: ort.Tensor;
  readonly #net: NetGraph;
  readonly #session: ort.InferenceSession;
  readonly #slots: number;
  readonly #input: readonly [number, number, number];
  /** One buffer under all image inputs. */
  readonly #pixels: Float32Array;
  readonly #masks: Float32Array[];
  readonly #feeds: Tensors = {};

  private constructor(
    net: NetGraph,
    session: ort.InferenceSession,
    slots: number,
    input: readonly [number, number, number],
    outputs: number,
  ) {
    this.#net = net;
    this.#session = session;
    this.#slots = slots;
    this.#input = input;
    this.#pixels = new Float32Array(net.images.inputs.reduce((sum, { dims }) => sum + sizeOf(dims), 0));
    let at = 0;
    for (const { name, dims } of net.images.inputs) {
      this.#feeds[name] = tensor(dims, this.#pixels.subarray(at, at + sizeOf(dims)));
      at += sizeOf(dims);
    }
    this.#masks = net.masks.map(({ name, used }) => {
      const dims = used.length === 3 ? [used[0]!, used[1]!, slots, used[2]!] : [slots, used[0]!];
      this.#feeds[name] = tensor(dims);
      return floats(this.#feeds[name]);
    });
    this.#feeds.labels = tensor([slots, outputs]);
    this.#feeds.weights = tensor([slots]);
    this.loss = tensor([slots]);
    this.probabilities = tensor([slots, outputs]);
  }

  /** `slots`: images the graph was built for. */
  static async open(
    net: NetGraph,
    options: { slots: number; input: readonly [number, number, number]; outputs: number; threads: number },
  ): Promise<Runner> {
    const session = await openGraph(net.g, options.threads);
    return new Runner(net, session, options.slots, options.input, options.outputs);
  }

  async run(part: Part, draw: Draw | null, feeds: Tensors, fetches: Tensors): Promise<void> {
    const [rows, columns] = this.#input;
    fillPatches(this.#pixels, part.images, part.count, this.#slots, [rows, columns], this.#net.images);
    const labels = floats(this.#feeds.labels!);
    labels.set(part.labels.subarray(0, (part.count * labels.length) / this.#slots));
    const weights = floats(this.#feeds.weights!);
    if (part.weights) weights.set(part.weights.subarray(0, part.count));
    else weights.fill(1);
    this.#net.masks.forEach((mask, i) => {
      if (!draw) return;
      fillMaskInput(this.#masks[i]!, maskKey(draw.seed, draw.step, mask.index), this.#slots, draw.first, mask);
    });
    const { loss, probabilities } = this;
    await this.#session.run({ ...this.#feeds, ...feeds }, { loss, probabilities, ...fetches });
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Compiled graphs by a batch's size. Datasets have one or two short sizes; older ones of more are dropped. */
export class RunnerCache {
  readonly #most: number;
  readonly #open: (count: number) => Promise<Runner>;
  readonly #runners = new Map<number, Runner>();

  constructor(most: number, open: (count: number) => Promise<Runner>) {
    this.#most = most;
    this.#open = open;
  }

  async get(count: number): Promise<Runner> {
    const known = this.#runners.get(count);
    this.#runners.delete(count);
    const runner = known ?? (await this.#open(count));
    this.#runners.set(count, runner);
    if (this.#runners.size > this.#most) {
      const [oldest, dropped] = this.#runners.entries().next().value!;
      this.#runners.delete(oldest);
      await dropped.release();
    }
    return runner;
  }

  async release(): Promise<void> {
    const all = [...this.#runners.values()];
    this.#runners.clear();
    for (const runner of all) await runner.release();
  }
}
