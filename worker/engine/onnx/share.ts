import { type ParameterInfo, sizeOf } from '@tidemark/training/layers/shape';
import type { CompileOptions } from '../engine.ts';
import type { Part } from './batch-feeds.ts';
import { evaluationGraph, gradientGraph, gradientName } from './net.ts';
import { type Plan, plan } from './plan.ts';
import { Runner, RunnerCache } from './runner.ts';
import { floats, type Tensors, tensor } from './tensors.ts';
import { trained } from './update.ts';

/** What a part of a batch gives: losses and probabilities per image; `gradients` of what learns, packed in the parameters' order. */
export interface ShareResult {
  losses: Float32Array;
  probabilities: Float32Array;
  gradients: Float32Array;
  /** What packed parameters came in, to be used again. */
  packed?: Float32Array;
}

export interface ShareTask extends Part {
  kind: 'train' | 'evaluate';
  /** All parameters: as they are, or packed in the plan's order. */
  parameters: Tensors | Float32Array;
  /** Memory for the gradients: of earlier results, if there are any. */
  gradients?: Float32Array;
  /** Images in the whole batch, this part's first among them, and the step: they set the mean and the dropout masks. */
  total: number;
  first: number;
  step: number;
}

export interface ShareRunner {
  run(task: ShareTask): Promise<ShareResult>;
  release(): Promise<void>;
}

export interface ShareOptions extends Pick<CompileOptions, 'layers' | 'input' | 'batchSize' | 'loss' | 'seed'> {
  threads: number;
  fast: boolean;
  block: number;
}

/** What a message gives away: memory that is not shared. These arrays are made by `new` or `slice`: each has a buffer of its own. */
export const buffersOf = (...arrays: readonly (Float32Array | Tensors | undefined)[]): ArrayBuffer[] =>
  arrays.flatMap((a) => (a instanceof Float32Array && a.buffer instanceof ArrayBuffer ? [a.buffer] : []));

/** Numbers that these parameters hold. */
export const packedSize = (parameters: readonly ParameterInfo[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Views of a packed array as tensors, by parameter name. */
export function unpack(parameters: readonly ParameterInfo[], packed: Float32Array, name = (n: string) => n): Tensors {
  let at = 0;
  return Object.fromEntries(
    parameters.map((p) => {
      const data = packed.subarray(at, at + sizeOf(p.shape));
      at += data.length;
      return [name(p.name), tensor(p.shape, data)];
    }),
  );
}

/** Runs parts of batches: losses and gradients, or losses alone. */
export class Share implements ShareRunner {
  readonly #options: ShareOptions;
  readonly #plan: Plan;
  readonly #training: RunnerCache;
  readonly #evaluation: RunnerCache;

  constructor(options: ShareOptions) {
    this.#options = options;
    this.#plan = plan(options.layers, options.input);
    const { input, threads } = options;
    const cache = (graph: typeof gradientGraph) =>
      new RunnerCache(4, (slots) =>
        Runner.open(graph({ ...options, plan: this.#plan, images: slots }), {
          slots,
          input,
          outputs: this.#plan.outputs,
          threads,
        }),
      );
    this.#training = cache(gradientGraph);
    this.#evaluation = cache(evaluationGraph);
  }

  async run(task: ShareTask): Promise<ShareResult> {
    const { kind, count, total, first, step } = task;
    const training = kind === 'train';
    // A short part is evaluated in a whole part's graph: images do not see each other there.
    const slots = training ? count : Math.ceil(this.#options.batchSize / 2);
    const runner = await (training ? this.#training : this.#evaluation).get(slots);
    const { parameters } = this.#plan;
    const given = task.parameters;
    const feeds = given instanceof Float32Array ? unpack(parameters, given) : { ...given };
    const learning = training ? trained(parameters) : [];
    const size = packedSize(learning);
    const gradients = task.gradients?.length === size ? task.gradients : new Float32Array(size);
    if (training) feeds.share = tensor([], Float32Array.of(1 / total));
    const fetches = unpack(learning, gradients, gradientName);
    await runner.run(task, training ? { seed: this.#options.seed, step, first } : null, feeds, fetches);
    return {
      losses: floats(runner.loss).slice(0, count),
      probabilities: floats(runner.probabilities).slice(0, count * this.#plan.outputs),
      gradients,
      ...(given instanceof Float32Array ? { packed: given } : {}),
    };
  }

  async release(): Promise<void> {
    await this.#training.release();
    await this.#evaluation.release();
  }
}
