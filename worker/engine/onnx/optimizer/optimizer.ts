import type { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { Graph, Ref } from '../graph.ts';
import { adam } from './adam.ts';
import { lion } from './lion.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

export interface UpdateArguments {
  g: Graph;
  w: Ref;
  gradient: Ref;
  /** A scalar graph input: what `rate` says for this update. */
  rate: Ref;
  slot(name: string): Ref;
}

/** An optimizer's update of one parameter, as Keras 3.15 writes it (keras/src/optimizers). */
export interface Optimizer {
  /** Tensors kept per parameter, all of its shape, starting at zero. */
  slots: readonly string[];
  /** The scalar fed in for update number `update` (0 is the first). */
  rate(update: number, learningRate: number): number;
  update(args: UpdateArguments): { w: Ref; slots: Readonly<Record<string, Ref>> };
}

export function optimizer(config: OptimizerConfig): Optimizer {
  switch (config.name) {
    case 'RMSprop':
      return rmsprop(config);
    case 'Adam':
    case 'AdamW':
      return adam(config);
    case 'SGD':
      return sgd(config);
    case 'Lion':
      return lion(config);
  }
}
