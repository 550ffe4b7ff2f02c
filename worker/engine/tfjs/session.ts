import { inferShapes, type LayerInfo, sizeOf } from '@tidemark/training/layers/shape';
import { checkBatch } from '../check-batch.ts';
import { checkState } from '../check-state.ts';
import type {
  Batch,
  BatchResult,
  CompileOptions,
  EvaluateOptions,
  InferenceMetadata,
  ModelState,
  PendingResult,
  Session,
  StepOptions,
} from '../engine.ts';
import { initialWeights } from '../initial-weights.ts';
import { inferenceModel } from '../onnx/inference.ts';
import { type Plan, plan } from '../onnx/plan.ts';
import { type UpdateRule, updateRule } from '../onnx/update.ts';
import { forward } from './forward.ts';
import { lossOfBatch } from './loss.ts';
import { withPenalty } from './penalty.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';
import { updates } from './updates.ts';

type Stored = { dims: readonly number[]; data: Float32Array };

/** One step is one tape: forward, TensorFlow.js's own gradients, Keras's update. State stays on the JavaScript side. */
export class TfjsSession implements Session {
  readonly device: Session['device'];
  readonly #tf: TensorFlow;
  readonly #options: CompileOptions;
  readonly #plan: Plan;
  readonly #infos: readonly LayerInfo[];
  readonly #rule: UpdateRule;
  #state: Record<string, Stored> = {};
  #step = 0;

  constructor(tf: TensorFlow, options: CompileOptions) {
    this.#tf = tf;
    this.#options = options;
    this.#plan = plan(options.layers, options.input);
    this.#infos = inferShapes(options.layers, options.input).layers;
    this.#rule = updateRule(options.optimizer);
    this.device = { kind: 'cpu', description: `CPU, TensorFlow.js backend "${tf.getBackend()}"` };
    const initial = initialWeights(this.#plan.parameters, options);
    for (const { name, shape, trainable } of this.#plan.parameters) {
      this.#state[name] = { dims: shape, data: initial[name]! };
      if (!trainable) continue;
      for (const slot of this.#rule.slots) {
        const data = slot === 'ema' ? initial[name]!.slice() : new Float32Array(sizeOf(shape));
        this.#state[`${name}/${slot}`] = { dims: shape, data };
      }
    }
  }

  #tensor({ dims, data }: Stored): Tensor {
    return this.#tf.tensor(data, [...dims], 'float32');
  }

  #inputs({ images, labels, weights, count }: Batch): { images: Tensor; labels: Tensor; weights: Tensor } {
    const { input } = this.#options;
    const { outputs } = this.#plan;
    return {
      images: this.#tensor({ dims: [count, ...input], data: images.subarray(0, count * sizeOf(input)) }),
      labels: this.#tensor({ dims: [count, outputs], data: labels.subarray(0, count * outputs) }),
      weights: this.#tensor({ dims: [count], data: weights?.subarray(0, count) ?? new Float32Array(count).fill(1) }),
    };
  }

  #check(batch: Batch): void {
    const { batchSize, input } = this.#options;
    checkBatch(batch, { batchSize, input, outputs: this.#plan.outputs });
  }

  async step(batch: Batch, { learningRate }: StepOptions): Promise<BatchResult> {
    this.#check(batch);
    const tf = this.#tf;
    const { layers, loss, seed } = this.#options;
    const { parameters } = this.#plan;
    const trained = parameters.filter((p) => p.trainable).map((p) => p.name);
    const next = { ...this.#state };
    const put = (name: string, t: Tensor) => {
      next[name] = { dims: this.#state[name]!.dims, data: t.dataSync().slice() };
    };
    const result = tf.tidy(() => {
      const weights = Object.fromEntries(parameters.map(({ name }) => [name, this.#tensor(this.#state[name]!)]));
      const inputs = this.#inputs(batch);
      let probabilities = new Float32Array();
      const gradients = tf.valueAndGrads((...ws) => {
        const current = { ...weights, ...Object.fromEntries(trained.map((name, i) => [name, ws[i]!])) };
        const mode = { training: true, seed, step: this.#step };
        const passed = forward(tf, { layers, infos: this.#infos }, current, inputs.images, mode);
        for (const [name, t] of Object.entries(passed.updates)) put(name, t);
        const head = lossOfBatch(tf, loss, passed, inputs);
        probabilities = head.probabilities.dataSync().slice();
        return withPenalty(tf, head.loss, parameters, current);
      })(trained.map((name) => weights[name]!));
      const learning = trained.map((name, i) => {
        const slots = Object.fromEntries(this.#rule.slots.map((s) => [s, this.#tensor(this.#state[`${name}/${s}`]!)]));
        const gradient = tf.reshape(gradients.grads[i]!, [...this.#state[name]!.dims]);
        return [name, { w: weights[name]!, gradient, slots }] as const;
      });
      const after = updates(tf, this.#rule, { step: this.#step, learningRate }, new Map(learning));
      for (const [name, t] of after) put(name, t);
      return { loss: gradients.value.dataSync()[0]!, probabilities };
    });
    this.#state = next;
    this.#step++;
    return result;
  }

  async submit(batch: Batch, options: StepOptions): Promise<PendingResult> {
    const result = await this.step(batch, options);
    return { read: async () => result };
  }

  /** The parameters, or their moving averages where they have one. */
  #weights({ ema = false }: EvaluateOptions): Record<string, Stored> {
    if (ema && !this.#options.optimizer.use_ema)
      throw new Error('No moving average of the weights is kept: use_ema is off');
    const named = this.#plan.parameters.map(({ name }) => [
      name,
      (ema && this.#state[`${name}/ema`]) || this.#state[name]!,
    ]);
    return Object.fromEntries(named);
  }

  async evaluate(batch: Batch, options: EvaluateOptions = {}): Promise<BatchResult> {
    this.#check(batch);
    const tf = this.#tf;
    const { layers, loss, seed } = this.#options;
    return tf.tidy(() => {
      const chosen = Object.entries(this.#weights(options));
      const weights = Object.fromEntries(chosen.map(([name, stored]) => [name, this.#tensor(stored)]));
      const inputs = this.#inputs(batch);
      const passed = forward(tf, { layers, infos: this.#infos }, weights, inputs.images, {
        training: false,
        seed,
        step: this.#step,
      });
      const head = lossOfBatch(tf, loss, passed, inputs);
      const total = withPenalty(tf, head.loss, this.#plan.parameters, weights);
      return { loss: total.dataSync()[0]!, probabilities: head.probabilities.dataSync().slice() };
    });
  }

  async state(): Promise<ModelState> {
    const copies = Object.entries(this.#state).map(([name, { dims, data }]) => [name, { dims, data: data.slice() }]);
    return { step: this.#step, tensors: Object.fromEntries(copies) };
  }

  async load(state: ModelState): Promise<void> {
    checkState(state, Object.fromEntries(Object.entries(this.#state).map(([name, { dims }]) => [name, dims])));
    for (const [name, { dims }] of Object.entries(this.#state)) {
      this.#state[name] = { dims, data: state.tensors[name]!.data.slice() };
    }
    this.#step = state.step;
  }

  async inferenceModel(metadata: InferenceMetadata, options: EvaluateOptions = {}): Promise<Uint8Array> {
    const weights = Object.fromEntries(Object.entries(this.#weights(options)).map(([name, { data }]) => [name, data]));
    return inferenceModel({ plan: this.#plan, input: this.#options.input, weights, metadata });
  }

  async dispose(): Promise<void> {}
}
