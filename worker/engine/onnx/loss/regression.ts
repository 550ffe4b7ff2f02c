import type { LossArguments, LossGraph } from './loss.ts';

// Means over the outputs, as keras/src/losses has them.

export function meanSquaredError({ g, head: { t, size }, labels }: LossArguments): LossGraph {
  const error = g.sub(t, labels);
  return {
    perImage: g.mean(g.mul(error, error), [1]),
    probabilities: t,
    gradient: (share) => g.scale(g.mul(error, share), 2 / size),
  };
}

/** Where the prediction is exact the gradient is 0, as TensorFlow's. */
export function meanAbsoluteError({ g, head: { t, size }, labels }: LossArguments): LossGraph {
  const error = g.sub(t, labels);
  return {
    perImage: g.mean(g.unary('Abs', error), [1]),
    probabilities: t,
    gradient: (share) => g.scale(g.mul(g.op('Sign', [error]), share), 1 / size),
  };
}

/** ½ e² up to delta, then delta |e| − ½ delta². */
export function huber({ g, head: { t, size }, labels }: LossArguments, delta: number): LossGraph {
  const error = g.sub(t, labels);
  const near = g.op('Clip', [error, g.scalar(-delta), g.scalar(delta)]);
  // near · (e − near / 2) is ½ e² inside and delta |e| − ½ delta² outside.
  const each = g.mul(near, g.sub(error, g.scale(near, 0.5)));
  return {
    perImage: g.mean(each, [1]),
    probabilities: t,
    gradient: (share) => g.scale(g.mul(near, share), 1 / size),
  };
}
