import { type LossChoice, lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { learningRateAt } from '@tidemark/training/schedule/learning-rate';
import type {
  Batch,
  BatchResult,
  CompileOptions,
  Engine,
  ModelState,
  PendingResult,
  Session,
  StepOptions,
} from '@tidemark/worker/engine/engine';
import type * as z from 'zod';
import { uniform, uniforms } from './numbers.ts';
import type { Weights } from './reference/tensor.ts';

export type Layers = readonly z.input<typeof LayerSpec>[];

export interface Net {
  layers: Layers;
  input: readonly [number, number, number];
  loss?: LossChoice;
  optimizer?: z.input<typeof OptimizerConfig>;
  batchSize?: number;
  seed?: number;
  threads?: number;
}

/** With a rate of 1 and a momentum, the momentum slot after the first step is exactly minus the gradient. */
export const GRADIENT_PROBE = { name: 'SGD', learning_rate: 1, momentum: 0.5 } as const;

export function compileOptions(net: Net): CompileOptions {
  return {
    layers: net.layers.map((layer) => LayerSpec.parse(layer)),
    input: net.input,
    batchSize: net.batchSize ?? 3,
    loss: lossOf(net.loss ?? 'binary_crossentropy'),
    optimizer: OptimizerConfig.parse(net.optimizer ?? { name: 'RMSprop' }),
    seed: net.seed ?? 1,
    device: 'cpu',
    // These nets are too small to share; other test files run beside.
    threads: net.threads ?? 1,
  };
}

export const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Reproducible images and labels. Pixels are uniform in [0, 1); labels are one-hot when there are several classes. */
export function makeBatch(net: Net, outputs: number, count: number, stream = 1): Batch {
  const labels = new Float32Array(count * outputs);
  const categorical = lossOf(net.loss ?? 'binary_crossentropy').name === 'categorical_crossentropy';
  for (let i = 0; i < count; i++) {
    if (categorical) labels[i * outputs + Math.floor(uniform(stream + 50, i) * outputs)] = 1;
    else
      for (let k = 0; k < outputs; k++) labels[i * outputs + k] = Math.floor(uniform(stream + 50, i * outputs + k) * 2);
  }
  return { images: uniforms(stream, count * product(net.input)), labels, count };
}

/** Weights that reach every branch: biases and moving statistics are not left at their initial 0 and 1. */
export async function scatter(session: NetSession, stream = 100): Promise<ModelState> {
  const state = await session.state();
  Object.entries(state.tensors).forEach(([name, { data, dims }], i) => {
    const u = uniforms(stream + i, data.length);
    const spread = Math.sqrt(3 / product(dims.slice(0, -1)));
    const kind = name.split('/')[1];
    const slot = name.split('/').length > 2;
    for (let k = 0; k < data.length; k++) {
      if (slot) data[k] = 0;
      else if (kind?.endsWith('kernel')) data[k] = (2 * u[k]! - 1) * spread;
      else if (kind === 'gamma' || kind === 'moving_variance') data[k] = 0.75 + u[k]! / 2;
      else data[k] = (u[k]! - 0.5) / 5;
    }
  });
  await session.load(state);
  return session.state();
}

export const weightsOf = (state: ModelState): Weights =>
  Object.fromEntries(Object.entries(state.tensors).map(([name, { data }]) => [name, Float64Array.from(data)]));

/** A session whose steps have the net's own learning rate, unless one is given. */
export interface NetSession extends Omit<Session, 'step' | 'submit'> {
  step(batch: Batch, options?: Partial<StepOptions>): Promise<BatchResult>;
  submit(batch: Batch, options?: Partial<StepOptions>): Promise<PendingResult>;
}

/** Opens a session, passes it on, and disposes of it whatever happens. */
export async function withSession<T>(engine: Engine, net: Net, use: (session: NetSession) => Promise<T>): Promise<T> {
  const options = compileOptions(net);
  const session = await engine.compile(options);
  const learningRate = learningRateAt(options.optimizer.learning_rate, 0, { stepsPerEpoch: 1, totalSteps: 1 });
  try {
    return await use({
      device: session.device,
      step: (batch, step) => session.step(batch, { learningRate, ...step }),
      submit: (batch, step) => session.submit(batch, { learningRate, ...step }),
      evaluate: (...args) => session.evaluate(...args),
      state: () => session.state(),
      load: (state) => session.load(state),
      inferenceModel: (...args) => session.inferenceModel(...args),
      dispose: () => session.dispose(),
    });
  } finally {
    await session.dispose();
  }
}

/** The largest difference, relative to the largest value of the expected (or to `floor`, if that is larger). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, floor = 1e-3): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let scale = floor;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= worst)) worst = difference;
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / scale;
}
