import type { Loss } from '@tidemark/training/config/loss';
import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { LayerSpec } from '@tidemark/training/layers/spec';

/** What a session is compiled from. */
export interface CompileOptions {
  layers: readonly LayerSpec[];
  /** Rows, columns, channels. */
  input: readonly [number, number, number];
  batchSize: number;
  loss: Loss;
  /** Its learning rate is not read: every step is given its own. */
  optimizer: OptimizerConfig;
  /**
   * Names of the layers that learn; all, unless given. The others are frozen as by Keras's `layer.trainable = False`: no
   * gradients, no slots, and BatchNormalization there uses its moving statistics and leaves them alone.
   */
  trainable?: readonly string[];
  /** Initial weights by parameter name, in Keras's order of axes. Those not named are drawn from the seed. */
  initial?: Readonly<Record<string, Float32Array>>;
  /** Initial weights and dropout masks are functions of it. */
  seed: number;
  threads?: number;
  /** What it shall run on; `auto` is the CPU here: a worker that has found a GPU names it (`worker/devices/`). */
  device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  /** Which of several GPUs, where the device can choose (CUDA). */
  deviceId?: number;
  /** For the session's description: the device in words, where more is known than its kind, and why it was taken. */
  deviceName?: string;
  deviceReason?: string;
}

/** A batch as the data pipeline makes it. */
export interface Batch {
  /** [count, rows, columns, channels], float32, already rescaled. */
  images: Float32Array;
  /** [count, outputs]. Cross-entropies: 0 to 1, one-hot or soft. Regression: the values themselves. */
  labels: Float32Array;
  /** [count]: what each image's loss is multiplied by, 1 unless given. The mean still divides by `count`, as in Keras. */
  weights?: Float32Array;
  /** ≤ batchSize: the last batch of an epoch may be short. */
  count: number;
}

export interface BatchResult {
  /** Mean over the batch, sample weights included, plus the regularisers' penalty. Not finite once training has diverged. */
  loss: number;
  /** [count, outputs]; what a regression predicts. */
  probabilities: Float32Array;
}

/** The result of a step that a device may still be working on. */
export interface PendingResult {
  /** Waits for it. Reading a later step's first is possible and no cheaper. */
  read(): Promise<BatchResult>;
}

export interface StepOptions {
  /** Of this step, before Adam's correction of its moments' bias. With gradient accumulation only the n-th step's counts. */
  learningRate: number;
}

export interface EvaluateOptions {
  /** With the moving averages of the weights (`use_ema`) in place of the weights. */
  ema?: boolean;
}

/**
 * Named float32 tensors: weights (`conv2d/kernel`), optimizer slots (`conv2d/kernel/rms`), moving averages
 * (`conv2d/kernel/ema`), accumulated gradients (`conv2d/kernel/accumulated`), and the step they belong to.
 */
export interface ModelState {
  /** Steps done so far. With `gradient_accumulation_steps: n` the weights change in every n-th, counted across epochs. */
  step: number;
  tensors: Record<string, { dims: readonly number[]; data: Float32Array }>;
}

export interface InferenceMetadata {
  classes: readonly string[];
  /** Pixel values 0–255 are multiplied by it inside the model. */
  rescale: number;
}

export interface Session {
  /** What it runs on, in words a person reads: "CPU, 2 threads". */
  readonly device: { kind: 'cpu' | 'webgpu' | 'cuda'; description: string };
  /** One optimizer step. The dropout mask is a function of (seed, step, layer). */
  step(batch: Batch, options: StepOptions): Promise<BatchResult>;
  /**
   * As `step`, but on a GPU it returns when the device has the work, not when it is done: then the next batch can be made and sent
   * meanwhile, and the result is read when a metric is due. A failure may come with a later call.
   */
  submit(batch: Batch, options: StepOptions): Promise<PendingResult>;
  /** Forward only: no dropout, BatchNormalization's moving statistics. */
  evaluate(batch: Batch, options?: EvaluateOptions): Promise<BatchResult>;
  state(): Promise<ModelState>;
  load(state: ModelState): Promise<void>;
  /** A plain ONNX model of the current weights: input `image` [N, rows, columns, channels] with values 0–255, output `probabilities`. */
  inferenceModel(metadata: InferenceMetadata, options?: EvaluateOptions): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** An engine turns a model into a session. Two must agree on loss and gradients: `test/engine/conformance.ts` holds them to it. */
export interface Engine {
  readonly name: 'onnx' | 'tfjs';
  compile(options: CompileOptions): Promise<Session>;
}
