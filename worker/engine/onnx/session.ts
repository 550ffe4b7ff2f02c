import type { Shape } from '@tidemark/training/layers/shape';
import { checkBatch } from '../check-batch.ts';
import { checkState } from '../check-state.ts';
import type {
  Batch,
  BatchResult,
  EvaluateOptions,
  InferenceMetadata,
  ModelState,
  Session,
  StepOptions,
} from '../engine.ts';
import { changing } from './changing.ts';
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
 * roles. A step that fails leaves the current set as it was.
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
    const parts = options.parts ?? (options.fast ? partsFor(this.#plan, options.batchSize) : 1);
    const threads = options.parts ? options.threads : threadsFor(this.#plan, options.batchSize, options.threads);
    const stepperOptions = { ...options, threads, plan: this.#plan, rule };
    this.#stepper = parts === 2 ? new HalvedStepper(stepperOptions) : new WholeStepper(stepperOptions);
    this.device = { kind: 'cpu', description: `CPU, ${threads} thread${threads === 1 ? '' : 's'}` };
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
    await this.#stepper.open();
    return this;
  }

  #check(batch: Batch): void {
    const { batchSize, input } = this.#options;
    checkBatch(batch, { batchSize, input, outputs: this.#plan.outputs });
  }

  async step(batch: Batch, options: StepOptions): Promise<BatchResult> {
    this.#check(batch);
    const result = await this.#stepper.step(batch, { ...options, step: this.#step }, this.#now, this.#next);
    [this.#now, this.#next] = [this.#next, this.#now];
    this.#step++;
    return result;
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
    return this.#stepper.evaluate(batch, this.#weights(options));
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

  async inferenceModel(metadata: InferenceMetadata, options: EvaluateOptions = {}): Promise<Uint8Array> {
    const weights = Object.fromEntries(Object.entries(this.#weights(options)).map(([name, t]) => [name, floats(t)]));
    return inferenceModel({ plan: this.#plan, input: this.#options.input, weights, metadata });
  }

  dispose(): Promise<void> {
    return this.#stepper.release();
  }
}
