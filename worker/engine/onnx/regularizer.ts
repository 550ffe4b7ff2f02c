import type { ParameterInfo } from '@tidemark/training/layers/shape';
import type { Graph, Ref } from './graph.ts';

// Keras's L1, L2 and L1L2 (regularizers.py): l1 · Σ|w| + l2 · Σw², for weights that learn.

type Regularized = Pick<ParameterInfo, 'name' | 'trainable' | 'regularizer'>;

/** The sum of all penalties, a scalar; null where there is none. Parameters are graph inputs. */
export function penalty(g: Graph, parameters: readonly Regularized[]): Ref | null {
  const terms = parameters.flatMap(({ name, trainable, regularizer }) => {
    if (!trainable || !regularizer) return [];
    const { l1, l2 } = regularizer;
    const absolute = l1 > 0 ? [g.scale(g.op('ReduceL1', [name], { keepdims: 0 }), l1)] : [];
    return l2 > 0 ? [...absolute, g.scale(g.op('ReduceSumSquare', [name], { keepdims: 0 }), l2)] : absolute;
  });
  return terms.length > 0 ? g.total(terms) : null;
}

/** A gradient of the data's loss with that of the parameter's penalty added. At 0 an L1 pulls neither way. */
export function withPenalty(g: Graph, { name, regularizer }: Omit<Regularized, 'trainable'>, gradient: Ref): Ref {
  if (!regularizer) return gradient;
  const { l1, l2 } = regularizer;
  const absolute = l1 > 0 ? [g.scale(g.op('Sign', [name]), l1)] : [];
  const square = l2 > 0 ? [g.scale(name, 2 * l2)] : [];
  return g.total([gradient, ...absolute, ...square]);
}
