import type { Graph, Ref } from '../graph.ts';
import type { LossArguments, LossGraph } from './loss.ts';

// Cross-entropy as Keras 3 defines it. From logits l: binary max(l, 0) − l y + log(1 + e^−|l|), averaged over the last axis;
// categorical −Σ y log softmax(l). From probabilities p: clipped to [ε, 1 − ε] (categorical: divided by their sum first),
// nothing flows back where the clip cuts. Label smoothing s: y (1 − s) + s / classes, two classes for the binary one.

/** Keras's `backend.epsilon()`: probabilities are kept this far from 0 and 1 where no logits are at hand. */
export const EPSILON = 1e-7;

export const smoothed = (g: Graph, labels: Ref, by: number, classes: number): Ref =>
  by === 0 ? labels : g.add(g.scale(labels, 1 - by), g.scalar(by / classes));

export const clip = (g: Graph, p: Ref): Ref => g.op('Clip', [p, g.scalar(EPSILON), g.scalar(1 - EPSILON)]);
/** 1 where the clip leaves a probability as it is, else 0. */
export const inside = (g: Graph, p: Ref): Ref => g.float(g.op('Equal', [p, clip(g, p)]));

/** The cross-entropy of every single output, [images, size], and its gradient with respect to the head. */
export function binaryTerms({ g, head: { t }, labels: y, logits }: LossArguments) {
  const one = g.scalar(1);
  if (logits) {
    const softplus = g.unary('Log', g.add(g.unary('Exp', g.unary('Neg', g.unary('Abs', t))), one));
    const probabilities = g.unary('Sigmoid', t);
    return {
      each: g.add(g.sub(g.unary('Relu', t), g.mul(t, y)), softplus),
      probabilities,
      gradient: () => g.sub(probabilities, y),
    };
  }
  const p = clip(g, t);
  const q = g.sub(one, p);
  const other = g.sub(one, y);
  return {
    each: g.unary('Neg', g.add(g.mul(y, g.unary('Log', p)), g.mul(other, g.unary('Log', q)))),
    probabilities: t,
    gradient: () => g.mul(g.sub(g.div(other, q), g.div(y, p)), inside(g, t)),
  };
}

export function binaryCrossEntropy({ g, head, labels, logits }: LossArguments, smoothing: number): LossGraph {
  const { each, probabilities, gradient } = binaryTerms({
    g,
    head,
    labels: smoothed(g, labels, smoothing, 2),
    logits,
  });
  return {
    perImage: g.mean(each, [1]),
    probabilities,
    gradient: (share) => g.scale(g.mul(gradient(), share), 1 / head.size),
  };
}

export function categoricalCrossEntropy({ g, head, labels, logits }: LossArguments, smoothing: number): LossGraph {
  const { t, size } = head;
  const y = smoothed(g, labels, smoothing, size);
  if (logits) {
    const logs = g.op('LogSoftmax', [t], { axis: -1 });
    const probabilities = g.op('Softmax', [t], { axis: -1 });
    return {
      perImage: g.unary('Neg', g.sum(g.mul(y, logs), [1])),
      probabilities,
      // Σ y p − y, where Σ y is 1 unless labels were mixed with weights that do not add up.
      gradient: (share) => g.mul(g.sub(g.mul(probabilities, g.sum(y, [1], 1)), y), share),
    };
  }
  const total = g.sum(t, [1], 1);
  const parts = g.div(t, total);
  const p = clip(g, parts);
  return {
    perImage: g.unary('Neg', g.sum(g.mul(y, g.unary('Log', p)), [1])),
    probabilities: t,
    gradient: (share) => {
      const d = g.mul(g.unary('Neg', g.div(y, p)), inside(g, parts));
      const centred = g.sub(d, g.sum(g.mul(d, parts), [1], 1));
      return g.mul(g.div(centred, total), share);
    },
  };
}
