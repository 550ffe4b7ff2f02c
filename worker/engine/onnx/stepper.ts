import type { Batch, BatchResult, CompileOptions, StepOptions } from '../engine.ts';
import type { Optimizer } from './optimizer/optimizer.ts';
import type { Plan } from './plan.ts';
import type { Tensors } from './tensors.ts';

export interface OnnxSessionOptions extends CompileOptions {
  threads: number;
  /** False keeps to the plain lowerings, which tests compare the fast ones with. */
  fast: boolean;
  /** Into how many parts batches are cut; by default what `partsFor` says. */
  parts?: 1 | 2;
}

export interface StepperOptions extends OnnxSessionOptions {
  plan: Plan;
  update: Optimizer;
}

/** `step`: steps done before. */
export interface Step extends StepOptions {
  step: number;
}

/** How a batch is computed. State is the session's: a stepper reads one set of tensors and writes another. */
export interface Stepper {
  /** Compiles what every run needs, so that a graph ONNX Runtime refuses is an error here and not at the first step. */
  open(): Promise<void>;
  step(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<BatchResult>;
  evaluate(batch: Batch, now: Tensors): Promise<BatchResult>;
  release(): Promise<void>;
}

/** From losses per image to a batch's result. The mean is taken in float64, image by image. */
export function batchResult(losses: Iterable<number>, count: number, probabilities: Float32Array): BatchResult {
  let sum = 0;
  for (const v of losses) sum += v;
  return { loss: sum / count, probabilities };
}
