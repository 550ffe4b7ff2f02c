import type * as ort from 'onnxruntime-node';
import type { Batch, BatchResult, CompileOptions, PendingResult, StepOptions } from '../engine.ts';
import type { DeviceConvolution } from './blocks.ts';
import type { Graph } from './graph.ts';
import type { Plan } from './plan.ts';
import type { Provider } from './provider.ts';
import { type Tensors, tensor } from './tensors.ts';
import { nextName, type UpdateRule } from './update.ts';

export interface OnnxSessionOptions extends CompileOptions {
  threads: number;
  /** False keeps to the plain lowerings, which tests compare the fast ones with. */
  fast: boolean;
  /** Into how many parts batches are cut; by default what `partsFor` says. */
  parts?: 1 | 2;
  /** What the graphs are written for, and run by. */
  provider: Provider;
  deviceConvolution?: DeviceConvolution;
  /** Channels in a block of ONNX Runtime's blocked convolutions; 1: without them. */
  block: number;
}

export interface StepperOptions extends OnnxSessionOptions {
  plan: Plan;
  rule: UpdateRule;
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
  /** `weights`: by parameter; the moving averages, perhaps. */
  evaluate(batch: Batch, weights: Tensors): Promise<BatchResult>;
  release(): Promise<void>;
  /** Where state lives, when that is not this process's memory. */
  readonly memory?: DeviceMemory;
  /** As `step`, without waiting for the result. Only with `memory`: elsewhere a step's result is there when it is done. */
  submit?(batch: Batch, step: Step, now: Tensors, next: Tensors): Promise<PendingResult>;
}

/** A device's memory. `next` of a step is an empty record at first; the stepper puts the tensors there that it made. */
export interface DeviceMemory {
  /** Copies to the device. */
  place(tensors: Tensors): Promise<Tensors>;
  /** Copies to this process's memory. Waits for all that was submitted. */
  fetch(tensors: Tensors): Promise<Tensors>;
  drop(tensors: Iterable<ort.Tensor>): void;
}

/** The outputs of a graph with updates in it, as the tensors they go to: those of the state that it changes. */
export const nextFetches = (now: Tensors, next: Tensors): Tensors =>
  Object.fromEntries(Object.entries(next).flatMap(([name, t]) => (t === now[name] ? [] : [[nextName(name), t]])));

/** The scalars that a graph with updates in it is fed for a step. */
export function scalarFeeds(g: Graph, rule: UpdateRule, step: Step): Tensors {
  const values = new Map(Object.entries(rule.scalars(step)));
  const own = g.inputs.flatMap(({ name }) => (values.has(name) ? [[name, values.get(name)!] as const] : []));
  return Object.fromEntries(own.map(([name, value]) => [name, tensor([], Float32Array.of(value))]));
}

/** From losses per image to a batch's result. The mean is taken in float64, image by image. */
export function batchResult(losses: Iterable<number>, count: number, probabilities: Float32Array): BatchResult {
  let sum = 0;
  for (const v of losses) sum += v;
  return { loss: sum / count, probabilities };
}
