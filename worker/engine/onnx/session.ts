import { type Shape, sizeOf } from '@tidemark/training/layers/shape';
import * as ort from 'onnxruntime-node';
import { checkBatch } from '../check-batch.ts';
import { checkState } from '../check-state.ts';
import { maskKey } from '../dropout-mask.ts';
import type { Batch, BatchResult, CompileOptions, InferenceMetadata, ModelState, Session } from '../engine.ts';
import { inferenceModel } from './inference.ts';
import { fillMaskInput } from './masks.ts';
import { evaluationGraph, type NetGraph, nextName, trainingGraph } from './net.ts';
import { type Optimizer, optimizer } from './optimizer/optimizer.ts';
import { fillPatches } from './patches.ts';
import { type Plan, plan } from './plan.ts';

type Tensors = Record<string, ort.Tensor>;

/** A compiled graph with the memory it reads from and writes to. */
interface Compiled {
  net: NetGraph;
  session: ort.InferenceSession;
  slots: number;
  /** One buffer under all image inputs. */
  pixels: Float32Array;
  labels: Float32Array;
  masks: Float32Array[];
  feeds: Tensors;
  loss: ort.Tensor;
  probabilities: ort.Tensor;
}

export interface OnnxSessionOptions extends CompileOptions {
  threads: number;
  /** False keeps to the plain lowerings, which tests compare the fast ones with. */
  fast: boolean;
}

/**
 * Threads wait for each other's next operation by spinning, but only this long: beside another busy program, endless
 * spinning takes the processor from the very thread that is waited for.
 */
const SPIN = { session: { intra_op: { spin_duration_us: '100' } } };

/** Short batches need graphs of their own; datasets have one or two such sizes. */
const MOST_SHORT_GRAPHS = 3;

const tensor = (dims: Shape, data = new Float32Array(sizeOf(dims))): ort.Tensor =>
  new ort.Tensor('float32', data, dims);
/** All tensors here are made by `tensor`. */
const floats = (t: ort.Tensor): Float32Array => t.data as Float32Array;

/**
 * State lives in two sets of tensors: a step reads one and ONNX Runtime writes the other in place, then they change
 * roles. A step that fails leaves the current set as it was.
 */
export class OnnxSession implements Session {
  readonly device: Session['device'];
  readonly #options: OnnxSessionOptions;
  readonly #plan: Plan;
  readonly #optimizer: Optimizer;
  readonly #training = new Map<number, Compiled>();
  #evaluation: Compiled | null = null;
  #now: Tensors = {};
  #next: Tensors = {};
  #step = 0;

  constructor(options: OnnxSessionOptions, initial: Record<string, Float32Array>) {
    this.#options = options;
    this.#plan = plan(options.layers, options.input);
    this.#optimizer = optimizer(options.optimizer);
    this.device = { kind: 'cpu', description: `CPU, ${options.threads} thread${options.threads === 1 ? '' : 's'}` };
    for (const { name, shape, trainable } of this.#plan.parameters) {
      this.#allocate(name, shape);
      floats(this.#now[name]!).set(initial[name]!);
      if (trainable) for (const slot of this.#optimizer.slots) this.#allocate(`${name}/${slot}`, shape);
    }
  }

  #allocate(name: string, shape: Shape): void {
    this.#now[name] = tensor(shape);
    this.#next[name] = tensor(shape);
  }

  /** Compiles what every run needs, so that a graph ONNX Runtime refuses is an error here and not at the first step. */
  async open(): Promise<this> {
    await this.#trainingFor(this.#options.batchSize);
    return this;
  }

  async #compile(net: NetGraph, slots: number): Promise<Compiled> {
    const session = await ort.InferenceSession.create(net.g.model(), {
      executionProviders: ['cpu'],
      intraOpNumThreads: this.#options.threads,
      // The graphs are written in the order and form wanted; ONNX Runtime's rewriting slows them down.
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: 3,
      extra: SPIN,
    });
    const feeds: Tensors = {};
    const total = net.images.inputs.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    const pixels = new Float32Array(total);
    let at = 0;
    for (const { name, dims } of net.images.inputs) {
      feeds[name] = tensor(dims, pixels.subarray(at, at + sizeOf(dims)));
      at += sizeOf(dims);
    }
    const masks = net.masks.map(({ name, used }) => {
      const dims = used.length === 3 ? [used[0]!, used[1]!, slots, used[2]!] : [slots, used[0]!];
      feeds[name] = tensor(dims);
      return floats(feeds[name]);
    });
    const outputs = [slots, this.#plan.outputs];
    feeds.labels = tensor(outputs);
    const [loss, probabilities] = [tensor([slots]), tensor(outputs)];
    return { net, session, slots, pixels, labels: floats(feeds.labels), masks, feeds, loss, probabilities };
  }

  #net(images: number) {
    const { loss, batchSize, fast } = this.#options;
    return { plan: this.#plan, loss, images, batchSize, fast };
  }

  async #trainingFor(count: number): Promise<Compiled> {
    let compiled = this.#training.get(count);
    if (!compiled) {
      const short = [...this.#training.keys()].filter((n) => n !== this.#options.batchSize);
      if (short.length >= MOST_SHORT_GRAPHS) {
        await this.#training.get(short[0]!)!.session.release();
        this.#training.delete(short[0]!);
      }
      compiled = await this.#compile(trainingGraph(this.#net(count), this.#optimizer), count);
      this.#training.set(count, compiled);
    }
    return compiled;
  }

  #fill({ net, slots, pixels, labels }: Compiled, batch: Batch): void {
    const { input } = this.#options;
    fillPatches(pixels, batch.images, batch.count, slots, [input[0], input[1]], net.images);
    labels.set(batch.labels.subarray(0, batch.count * this.#plan.outputs));
  }

  #check(batch: Batch): void {
    const { batchSize, input } = this.#options;
    checkBatch(batch, { batchSize, input, outputs: this.#plan.outputs });
  }

  #result({ loss, probabilities }: Compiled, count: number): BatchResult {
    let sum = 0;
    for (const v of floats(loss).subarray(0, count)) sum += v;
    return { loss: sum / count, probabilities: floats(probabilities).slice(0, count * this.#plan.outputs) };
  }

  async step(batch: Batch): Promise<BatchResult> {
    this.#check(batch);
    const compiled = await this.#trainingFor(batch.count);
    this.#fill(compiled, batch);
    const { net, masks, feeds, loss, probabilities } = compiled;
    net.masks.forEach((mask, i) => {
      const key = maskKey(this.#options.seed, this.#step, mask.index);
      fillMaskInput(masks[i]!, key, batch.count, mask);
    });
    const rate = tensor([], Float32Array.of(this.#optimizer.rate(this.#step)));
    const fetches: Tensors = { loss, probabilities };
    for (const [name, t] of Object.entries(this.#next)) fetches[nextName(name)] = t;
    await compiled.session.run({ ...feeds, ...this.#now, rate }, fetches);
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#step++;
    return this.#result(compiled, batch.count);
  }

  /** A short batch runs in the whole batch's graph: images do not see each other here. */
  async evaluate(batch: Batch): Promise<BatchResult> {
    this.#check(batch);
    const { batchSize } = this.#options;
    this.#evaluation ??= await this.#compile(evaluationGraph(this.#net(batchSize)), batchSize);
    const compiled = this.#evaluation;
    this.#fill(compiled, batch);
    const { session, feeds, loss, probabilities } = compiled;
    await session.run({ ...feeds, ...this.#parameters() }, { loss, probabilities });
    return this.#result(compiled, batch.count);
  }

  #parameters(): Tensors {
    return Object.fromEntries(this.#plan.parameters.map(({ name }) => [name, this.#now[name]!]));
  }

  async state(): Promise<ModelState> {
    const entries = Object.entries(this.#now).map(([name, t]) => [
      name,
      { dims: [...t.dims], data: floats(t).slice() },
    ]);
    return { step: this.#step, tensors: Object.fromEntries(entries) };
  }

  async load(state: ModelState): Promise<void> {
    checkState(state, Object.fromEntries(Object.entries(this.#now).map(([name, t]) => [name, t.dims])));
    for (const [name, t] of Object.entries(this.#now)) floats(t).set(state.tensors[name]!.data);
    this.#step = state.step;
  }

  async inferenceModel(metadata: InferenceMetadata): Promise<Uint8Array> {
    const weights = Object.fromEntries(Object.entries(this.#parameters()).map(([name, t]) => [name, floats(t)]));
    return inferenceModel({ plan: this.#plan, input: this.#options.input, weights, metadata });
  }

  async dispose(): Promise<void> {
    const all = [...this.#training.values(), ...(this.#evaluation ? [this.#evaluation] : [])];
    this.#training.clear();
    this.#evaluation = null;
    for (const { session } of all) await session.release();
  }
}
