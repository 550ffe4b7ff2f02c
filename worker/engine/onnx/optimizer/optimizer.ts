import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Graph, Ref } from '../graph.ts';
import { adam } from './adam.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

export interface UpdateArguments {
  g: Graph;
  w: Ref;
  gradient: Ref;
  /** A scalar graph input: what `rate` says for this step. */
  rate: Ref;
  slot(name: string): Ref;
}

/** An optimizer's update of one parameter, as Keras 3.15 writes it (keras/src/optimizers). */
export interface Optimizer {
  /** Tensors kept per parameter, all of its shape, starting at zero. */
  slots: readonly string[];
  /** The scalar fed in for step number `step` (0 is the first). */
  rate(step: number, learningRate: number): number;
  update(args: UpdateArguments): { w: Ref; slots: Readonly<Record<string, Ref>> };
}

export function optimizer(config: OptimizerConfig): Optimizer {
  if (config.name === 'RMSprop') return rmsprop(config);
  if (config.name === 'Adam') return adam(config);
  return sgd(config);
}
