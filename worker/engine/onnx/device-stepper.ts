import type * as ort from 'onnxruntime-node';
import type { Batch, BatchResult, PendingResult } from '../engine.ts';
import { BatchFeeds, type Draw } from './batch-feeds.ts';
import { Graph } from './graph.ts';
import { evaluationGraph, type NetGraph, trainingGraph } from './net.ts';
import { openOnDevice } from './open-on-device.ts';
import { RunnerCache } from './runner.ts';
import {
  batchResult,
  type DeviceMemory,
  type Step,
  type Stepper,
  type StepperOptions,
  scalarFeeds,
} from './stepper.ts';
import { floats, type Tensors } from './tensors.ts';
import { nextName } from './update.ts';

// A step on a GPU whose memory ONNX Runtime lets us keep tensors in (WebGPU). The whole step is one graph; the state is fed in and
// comes out as buffers of the GPU, and the old ones are given back. Running such a graph only puts it into the GPU's queue: while
// the GPU works, this process fills the next batch's feeds and uploads them. What waits for the GPU is reading: losses and
// probabilities, when they are asked for, and the state, through a graph that copies it to the CPU.
//
// The queue is in order, so reading one step's result waits for all that were submitted. `MOST_PENDING` steps may wait to be
// read; then the oldest is read first, which keeps uploads from piling up.

const MOST_PENDING = 16;

/** A compiled graph and its batch's memory. */
class DeviceRunner {
  readonly graph: Graph;
  readonly #session: ort.InferenceSession;
  readonly #feeds: BatchFeeds;

  private constructor(graph: Graph, session: ort.InferenceSession, feeds: BatchFeeds) {
    this.graph = graph;
    this.#session = session;
    this.#feeds = feeds;
  }

  /** `keep`: outputs stay on the GPU. */
  static async open(net: NetGraph, slots: number, options: StepperOptions, keep: boolean): Promise<DeviceRunner> {
    const { deviceId = 0, input, plan } = options;
    const kept = keep ? net.g.outputs.map(({ name }) => name) : [];
    const session = await openOnDevice(net.g, { deviceId, kept });
    return new DeviceRunner(net.g, session, new BatchFeeds(net, slots, input, plan.outputs));
  }

  async run(batch: Batch, draw: Draw | null, feeds: Tensors): Promise<Tensors> {
    return (await this.#session.run({ ...this.#feeds.fill(batch, draw), ...feeds })) as Tensors; // graphs have no other values
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Copies tensors of fixed names and shapes to the GPU, or from it. */
class Copier {
  readonly #names: readonly string[];
  readonly #session: ort.InferenceSession;

  private constructor(names: readonly string[], session: ort.InferenceSession) {
    this.#names = names;
    this.#session = session;
  }

  static async open(like: Tensors, { provider, deviceId = 0 }: StepperOptions, to: 'gpu' | 'cpu'): Promise<Copier> {
    const g = new Graph(provider);
    const names = Object.keys(like);
    names.forEach((name, i) => {
      g.output(`to${i}`, g.input(`from${i}`, like[name]!.dims), like[name]!.dims);
    });
    const kept = to === 'gpu' ? g.outputs.map(({ name }) => name) : [];
    return new Copier(names, await openOnDevice(g, { deviceId, kept }));
  }

  async copy(tensors: Tensors): Promise<Tensors> {
    const feeds = Object.fromEntries(this.#names.map((name, i) => [`from${i}`, tensors[name]!]));
    const made = (await this.#session.run(feeds)) as Tensors; // tensors alone
    return Object.fromEntries(this.#names.map((name, i) => [name, made[`to${i}`]!]));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** A step's loss and probabilities, on the GPU until they are read or too many others wait. */
interface Waiting {
  tensors: Tensors;
  count: number;
  result: BatchResult | Error | null;
}

export class DeviceStepper implements Stepper, DeviceMemory {
  readonly #options: StepperOptions;
  readonly #training: RunnerCache<DeviceRunner>;
  #evaluation: DeviceRunner | null = null;
  /** By direction and what they copy. */
  readonly #copiers = new Map<string, Copier>();
  #waiting: Waiting[] = [];

  constructor(options: StepperOptions) {
    this.#options = options;
    this.#training = new RunnerCache(4, (slots) =>
      DeviceRunner.open(trainingGraph({ ...options, images: slots }, options.rule), slots, options, true),
    );
  }

  async open(): Promise<void> {
    await this.#training.get(this.#options.batchSize);
  }

  get memory(): DeviceMemory {
    return this;
  }

  async #copy(tensors: Tensors, to: 'gpu' | 'cpu'): Promise<Tensors> {
    const key = [to, ...Object.entries(tensors).map(([name, { dims }]) => `${name} ${dims}`)].join('\n');
    let copier = this.#copiers.get(key);
    if (!copier) {
      copier = await Copier.open(tensors, this.#options, to);
      this.#copiers.set(key, copier);
    }
    return copier.copy(tensors);
  }

  place(tensors: Tensors): Promise<Tensors> {
    return this.#copy(tensors, 'gpu');
  }

  fetch(tensors: Tensors): Promise<Tensors> {
    return this.#copy(tensors, 'cpu');
  }

  drop(tensors: Iterable<ort.Tensor>): void {
    for (const t of new Set(tensors)) t.dispose();
  }

  async submit(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<PendingResult> {
    const { seed, rule } = this.#options;
    while (this.#waiting.length >= MOST_PENDING) await this.#readOldest();
    const runner = await this.#training.get(batch.count);
    const feeds = { ...now, ...scalarFeeds(runner.graph, rule, step) };
    const { loss, probabilities, ...state } = await runner.run(batch, { seed, step: step.step, first: 0 }, feeds);
    for (const [name, t] of Object.entries(now)) {
      // `next` held the state before the last step. What a step does not change is one tensor in both.
      const old = next[name];
      if (old && old !== t) old.dispose();
      next[name] = state[nextName(name)] ?? t;
    }
    const waiting: Waiting = {
      tensors: { loss: loss!, probabilities: probabilities! },
      count: batch.count,
      result: null,
    };
    this.#waiting.push(waiting);
    return { read: () => this.#read(waiting) };
  }

  async step(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<BatchResult> {
    return (await this.submit(batch, step, now, next)).read();
  }

  async #read(waiting: Waiting): Promise<BatchResult> {
    while (!waiting.result) await this.#readOldest();
    if (waiting.result instanceof Error) throw waiting.result;
    return waiting.result;
  }

  async #readOldest(): Promise<void> {
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    try {
      const { loss, probabilities } = await this.#copy(waiting.tensors, 'cpu');
      waiting.result = batchResult(floats(loss!), waiting.count, floats(probabilities!));
    } catch (error) {
      waiting.result = error instanceof Error ? error : new Error(String(error));
    }
    this.drop(Object.values(waiting.tensors));
  }

  /** A short batch runs in the whole batch's graph: images do not see each other here. */
  async evaluate(batch: Batch, weights: Tensors): Promise<BatchResult> {
    const { plan, batchSize } = this.#options;
    this.#evaluation ??= await DeviceRunner.open(
      evaluationGraph({ ...this.#options, images: batchSize }),
      batchSize,
      this.#options,
      false,
    );
    const { loss, probabilities } = await this.#evaluation.run(batch, null, weights);
    const all = floats(probabilities!).slice(0, batch.count * plan.outputs);
    return batchResult(floats(loss!).subarray(0, batch.count), batch.count, all);
  }

  async release(): Promise<void> {
    for (const { tensors } of this.#waiting.splice(0)) this.drop(Object.values(tensors));
    await this.#training.release();
    for (const session of [this.#evaluation, ...this.#copiers.values()]) await session?.release();
    this.#evaluation = null;
    this.#copiers.clear();
  }
}
