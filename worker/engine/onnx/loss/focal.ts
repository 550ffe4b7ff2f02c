import type { Loss } from '@tidemark/training/config/loss';
import type { Graph, Ref } from '../graph.ts';
import { binaryTerms, clip, EPSILON, inside, smoothed } from './cross-entropy.ts';
import type { LossArguments, LossGraph } from './loss.ts';

// Cross-entropies of which the easy cases count less (Lin et al., arXiv:1708.02002), as Keras 3 defines them: each term times
// (1 − p)^γ, p being the probability of what is true, and times α.

type Binary = Extract<Loss, { name: 'binary_focal_crossentropy' }>;
type Categorical = Extract<Loss, { name: 'categorical_focal_crossentropy' }>;

/** x^γ and its derivative, for x ≥ 0. */
function power(g: Graph, x: Ref, gamma: number) {
  const at = (exponent: number): Ref => {
    if (exponent === 1) return x;
    // Below 1 the derivative has no bound at 0.
    const base = exponent < 0 ? g.op('Max', [x, g.scalar(EPSILON)]) : x;
    return g.op('Pow', [base, g.scalar(exponent)]);
  };
  return { value: at(gamma), derivative: () => g.scale(at(gamma - 1), gamma) };
}

export function binaryFocal({ g, head, labels, logits }: LossArguments, loss: Binary): LossGraph {
  const { size } = head;
  const y = smoothed(g, labels, loss.label_smoothing, 2);
  const one = g.scalar(1);
  const terms = binaryTerms({ g, head, labels: y, logits });
  const p = terms.probabilities;
  const other = g.sub(one, y);
  const miss = g.add(g.mul(y, g.sub(one, p)), g.mul(other, p));
  const factor = power(g, miss, loss.gamma);
  const { alpha } = loss;
  const balance = (x: Ref): Ref =>
    loss.apply_class_balancing ? g.mul(g.add(g.scale(y, alpha), g.scale(other, 1 - alpha)), x) : x;
  return {
    perImage: g.mean(balance(g.mul(factor.value, terms.each)), [1]),
    probabilities: p,
    gradient: (share) => {
      // Of the factor, with respect to p, then to the head: (1 − 2 y) and, from logits, p (1 − p).
      const slope = g.mul(factor.derivative(), g.sub(other, y));
      const through = logits ? g.mul(slope, g.mul(p, g.sub(one, p))) : slope;
      const d = g.add(g.mul(through, terms.each), g.mul(factor.value, terms.gradient()));
      return g.scale(g.mul(balance(d), share), 1 / size);
    },
  };
}

/** Of probabilities always: the head's softmax has its own backward pass. */
export function categoricalFocal({ g, head, labels }: LossArguments, loss: Categorical): LossGraph {
  const { t, size } = head;
  const { alpha, gamma, label_smoothing: smoothing } = loss;
  const y = smoothed(g, labels, smoothing, size);
  const total = g.sum(t, [1], 1);
  const parts = g.div(t, total);
  const p = clip(g, parts);
  const log = g.unary('Log', p);
  const factor = power(g, g.sub(g.scalar(1), p), gamma);
  return {
    perImage: g.scale(g.sum(g.mul(g.mul(factor.value, y), log), [1]), -alpha),
    probabilities: t,
    gradient: (share) => {
      const slope = g.sub(g.mul(factor.derivative(), log), g.div(factor.value, p));
      const d = g.mul(g.scale(g.mul(y, slope), alpha), inside(g, parts));
      const centred = g.sub(d, g.sum(g.mul(d, parts), [1], 1));
      return g.mul(g.div(centred, total), share);
    },
  };
}
