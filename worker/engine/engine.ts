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
  optimizer: OptimizerConfig;
  /** Initial weights and dropout masks are functions of it. */
  seed: number;
  threads?: number;
  device: 'auto' | 'cpu' | 'webgpu' | 'cuda';
}

/** A batch as the data pipeline makes it. */
export interface Batch {
  /** [count, rows, columns, channels], float32, already rescaled. */
  images: Float32Array;
  /** binary: [count]; categorical: [count, classes], one-hot. */
  labels: Float32Array;
  /** ≤ batchSize: the last batch of an epoch may be short. */
  count: number;
}

export interface BatchResult {
  /** Mean over the batch. */
  loss: number;
  /** binary: [count]; categorical: [count, classes]. */
  probabilities: Float32Array;
}

/** Named float32 tensors: weights (`conv2d/kernel`), optimizer slots (`conv2d/kernel/rms`), and the step they belong to. */
export interface ModelState {
  /** Optimizer steps done so far. */
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
  step(batch: Batch): Promise<BatchResult>;
  /** Forward only: no dropout, BatchNormalization's moving statistics. */
  evaluate(batch: Batch): Promise<BatchResult>;
  state(): Promise<ModelState>;
  load(state: ModelState): Promise<void>;
  /** A plain ONNX model of the current weights: input `image` [N, rows, columns, channels] with values 0–255, output `probabilities`. */
  inferenceModel(metadata: InferenceMetadata): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** An engine turns a model into a session. Two must agree on loss and gradients: `test/engine/conformance.ts` holds them to it. */
export interface Engine {
  readonly name: 'onnx' | 'tfjs';
  compile(options: CompileOptions): Promise<Session>;
}
