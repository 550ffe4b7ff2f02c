import type { Shape } from '@tidemark/training/layers/shape';
import { checkBatch } from '../check-batch.ts';
import { checkState } from '../check-state.ts';
import type {
  Batch,
  BatchResult,
  EvaluateOptions,
  InferenceMetadata,
  ModelState,
  PendingResult,
  Session,
  StepOptions,
} from '../engine.ts';
import { recogniseOutOfMemory } from '../out-of-memory.ts';
import { changing } from './changing.ts';
import { DeviceStepper } from './device-stepper.ts';
import { HalvedStepper } from './halved.ts';
import { inferenceModel } from './inference.ts';
import { partsFor, threadsFor } from './parts.ts';
import { type Plan, plan } from './plan.ts';
import type { OnnxSessionOptions, Stepper } from './stepper.ts';
import { floats, type Tensors, tensor } from './tensors.ts';
import { updateRule } from './update.ts';
import { WholeStepper } from './whole.ts';

/**
 * State lives in two sets of tensors: a step reads one and ONNX Runtime writes the other in place, then they change
 * roles. A device that keeps state (`memory`) makes the other set anew instead. A step that fails leaves the current set as it was.
 */
export class OnnxSession implements Session {
  readonly device: Session['device'];
  readonly #options: OnnxSessionOptions;
  readonly #plan: Plan;
  readonly #stepper: Stepper;
  #now: Tensors = {};
  #next: Tensors = {};
  #step = 0;

  constructor(options: OnnxSessionOptions, initial: Record<string, Float32Array>) {
    this.#options = options;
    this.#plan = plan(options.layers, options.input);
    const rule = updateRule(options.optimizer);
    const { provider } = options;
    const parts = options.parts ?? (options.fast && provider === 'cpu' ? partsFor(this.#plan, options.batchSize) : 1);
    const threads = options.parts ? options.threads : threadsFor(this.#plan, options.batchSize, options.threads);
    const stepperOptions = { ...options, threads, plan: this.#plan, rule };
    if (provider === 'webgpu') this.#stepper = new DeviceStepper(stepperOptions);
    else this.#stepper = parts === 2 ? new HalvedStepper(stepperOptions) : new WholeStepper(stepperOptions);
    this.device = describe(options, threads);
    const changes = changing(this.#plan);
    for (const { name, shape, trainable } of this.#plan.parameters) {
      this.#allocate(name, shape, changes.has(name));
      floats(this.#now[name]!).set(initial[name]!);
      if (!trainable) continue;
      for (const slot of rule.slots) this.#allocate(`${name}/${slot}`, shape);
      if (rule.config.use_ema) floats(this.#now[`${name}/ema`]!).set(initial[name]!);
    }
  }

  #allocate(name: string, shape: Shape, changes = true): void {
    this.#now[name] = tensor(shape);
    // What a step does not change is one tensor in both sets.
    this.#next[name] = changes ? tensor(shape) : this.#now[name];
  }

  async open(): Promise<this> {
    try {
      if (this.#learns) await this.#stepper.open();
      await this.#place();
    } catch (error) {
      await this.#stepper.release().catch(() => {});
      throw recogniseOutOfMemory(error);
    }
    return this;
  }

  /** Moves the state to the device, if that keeps it. */
  async #place(): Promise<void> {
    const { memory } = this.#stepper;
    if (!memory) return;
    this.#now = await memory.place(this.#now);
    this.#next = {};
  }

  #drop(): void {
    this.#stepper.memory?.drop([...Object.values(this.#now), ...Object.values(this.#next)]);
  }

  #check(batch: Batch): void {
    const { batchSize, input } = this.#options;
    checkBatch(batch, { batchSize, input, outputs: this.#plan.outputs });
  }

  /** A model in which nothing learns has no step: it only evaluates. */
  get #learns(): boolean {
    return this.#plan.parameters.some(({ trainable }) => trainable);
  }

  #stepped(): void {
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#step++;
  }

  async step(batch: Batch, options: StepOptions): Promise<BatchResult> {
    if (!this.#learns) throw new Error('Nothing in this model learns: every layer is frozen');
    this.#check(batch);
    const step = { ...options, step: this.#step };
    const result = await this.#stepper.step(batch, step, this.#now, this.#next).catch(rethrow);
    this.#stepped();
    return result;
  }

  async submit(batch: Batch, options: StepOptions): Promise<PendingResult> {
    if (!this.#stepper.submit) {
      const result = await this.step(batch, options);
      return { read: async () => result };
    }
    this.#check(batch);
    const step = { ...options, step: this.#step };
    const pending = await this.#stepper.submit(batch, step, this.#now, this.#next).catch(rethrow);
    this.#stepped();
    return { read: () => pending.read().catch(rethrow) };
  }

  /** The parameters, or their moving averages where they have one. */
  #weights({ ema = false }: EvaluateOptions): Tensors {
    if (ema && !this.#options.optimizer.use_ema)
      throw new Error('No moving average of the weights is kept: use_ema is off');
    const named = this.#plan.parameters.map(({ name }) => [
      name,
      (ema && this.#now[`${name}/ema`]) || this.#now[name]!,
    ]);
    return Object.fromEntries(named);
  }

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<BatchResult> {
    this.#check(batch);
    return this.#stepper.evaluate(batch, this.#weights(options)).catch(rethrow);
  }

  async state(): Promise<ModelState> {
    const { memory } = this.#stepper;
    const now = memory ? await memory.fetch(this.#now) : this.#now;
    const entries = Object.entries(now).map(([name, t]) => [name, { dims: [...t.dims], data: floats(t).slice() }]);
    return { step: this.#step, tensors: Object.fromEntries(entries) };
  }

  async load(state: ModelState): Promise<void> {
    checkState(state, Object.fromEntries(Object.entries(this.#now).map(([name, t]) => [name, t.dims])));
    const { memory } = this.#stepper;
    if (memory) {
      const read = Object.entries(this.#now).map(([name, t]) => [name, tensor(t.dims, state.tensors[name]!.data)]);
      const placed = await memory.place(Object.fromEntries(read));
      this.#drop();
      [this.#now, this.#next] = [placed, {}];
    } else {
      for (const [name, t] of Object.entries(this.#now)) floats(t).set(state.tensors[name]!.data);
    }
    this.#step = state.step;
  }

  async inferenceModel(metadata: InferenceMetadata, options: EvaluateOptions = {}): Promise<Uint8Array> {
    const chosen = this.#weights(options);
    const tensors = (await this.#stepper.memory?.fetch(chosen)) ?? chosen;
    const weights = Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, floats(t)]));
    return inferenceModel({ plan: this.#plan, input: this.#options.input, weights, metadata });
  }

  async dispose(): Promise<void> {
    this.#drop();
    await this.#stepper.release();
  }
}

function rethrow(error: unknown): never {
  throw recogniseOutOfMemory(error);
}

function describe(options: OnnxSessionOptions, threads: number): Session['device'] {
  const { provider, deviceId = 0, deviceName, deviceReason } = options;
  const plain = {
    cpu: `CPU, ${threads} thread${threads === 1 ? '' : 's'}`,
    webgpu: 'WebGPU',
    cuda: `CUDA, device ${deviceId}`,
  }[provider];
  const parts = [deviceName ?? plain, ...(deviceReason ? [deviceReason] : [])];
  return { kind: provider, description: parts.join('; ') };
}
