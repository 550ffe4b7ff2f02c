import type { Loss } from '@tidemark/training/config/loss';
import type { Graph, Ref } from './graph.ts';
import type { Activation } from './plan.ts';

/** Keras's `backend.epsilon()`: probabilities are kept this far from 0 and 1 where no logits are at hand. */
const EPSILON = 1e-7;

export interface Head {
  /** The last operation's result: [images, size]. */
  t: Ref;
  size: number;
  /** The activation that would follow; with its own loss it is folded into the loss. */
  activation: Activation | null;
}

interface LossGraph {
  /** [images] */
  perImage: Ref;
  /** [images, size] */
  probabilities: Ref;
  /** Gradient of the batch mean with respect to `head.t`. */
  gradient(): Ref;
}

/** The activation that a loss takes logits of. */
export const matchingActivation = (loss: Loss): Activation => (loss === 'binary_crossentropy' ? 'sigmoid' : 'softmax');

/**
 * Cross-entropy as Keras 3 defines it. From logits l: binary max(l, 0) − l y + log(1 + e^−|l|), averaged over the last
 * axis; categorical −Σ y log softmax(l). From probabilities p: clipped to [ε, 1 − ε] (categorical: divided by their sum
 * first), nothing flows back where the clip cuts. `share`: a scalar, each image's part of the mean.
 */
export function lowerLoss(g: Graph, loss: Loss, head: Head, labels: Ref, share: Ref): LossGraph {
  const { t, size } = head;
  const one = g.scalar(1);
  if (head.activation === matchingActivation(loss)) {
    if (loss === 'binary_crossentropy') {
      const softplus = g.unary('Log', g.add(g.unary('Exp', g.unary('Neg', g.unary('Abs', t))), one));
      const each = g.add(g.sub(g.unary('Relu', t), g.mul(t, labels)), softplus);
      const probabilities = g.unary('Sigmoid', t);
      return {
        perImage: g.mean(each, [1]),
        probabilities,
        gradient: () => g.scale(g.mul(g.sub(probabilities, labels), share), 1 / size),
      };
    }
    const logs = g.op('LogSoftmax', [t], { axis: -1 });
    const probabilities = g.op('Softmax', [t], { axis: -1 });
    return {
      perImage: g.unary('Neg', g.sum(g.mul(labels, logs), [1])),
      probabilities,
      gradient: () => g.mul(g.sub(probabilities, labels), share),
    };
  }
  const clip = (p: Ref) => g.op('Clip', [p, g.scalar(EPSILON), g.scalar(1 - EPSILON)]);
  const inside = (p: Ref) => g.float(g.op('Equal', [p, clip(p)]));
  if (loss === 'binary_crossentropy') {
    const p = clip(t);
    const q = g.sub(one, p);
    const other = g.sub(one, labels);
    const each = g.add(g.mul(labels, g.unary('Log', p)), g.mul(other, g.unary('Log', q)));
    return {
      perImage: g.unary('Neg', g.mean(each, [1])),
      probabilities: t,
      gradient: () => {
        const d = g.sub(g.div(other, q), g.div(labels, p));
        return g.scale(g.mul(g.mul(d, inside(t)), share), 1 / size);
      },
    };
  }
  const total = g.sum(t, [1], 1);
  const parts = g.div(t, total);
  const p = clip(parts);
  return {
    perImage: g.unary('Neg', g.sum(g.mul(labels, g.unary('Log', p)), [1])),
    probabilities: t,
    gradient: () => {
      const d = g.mul(g.unary('Neg', g.div(labels, p)), inside(parts));
      const centred = g.sub(d, g.sum(g.mul(d, parts), [1], 1));
      return g.mul(g.div(centred, total), share);
    },
  };
}
