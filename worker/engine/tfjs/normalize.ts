import type { Tensor, TensorFlow } from './tensorflow.ts';

interface Affine {
  epsilon: number;
  /** Null where a layer has none. */
  gamma: Tensor | null;
  beta: Tensor | null;
}

function scale(tf: TensorFlow, normal: Tensor, { gamma, beta }: Omit<Affine, 'epsilon'>): Tensor {
  const scaled = gamma ? tf.mul(normal, gamma) : normal;
  return beta ? tf.add(scaled, beta) : scaled;
}

/** (x − mean) / √(variance + ε) · γ + β */
export function normalize(
  tf: TensorFlow,
  x: Tensor,
  { mean, variance }: { mean: Tensor; variance: Tensor },
  { epsilon, gamma, beta }: Affine,
): Tensor {
  return scale(tf, tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), { gamma, beta });
}

/** Mean and biased variance over some axes. */
export function moments(tf: TensorFlow, x: Tensor, axes: number[], keepDims = false) {
  const mean = tf.mean(x, axes, true);
  const variance = tf.mean(tf.square(tf.sub(x, mean)), axes, keepDims);
  return { mean: keepDims ? mean : tf.reshape(mean, variance.shape), variance };
}

/** Keras's GroupNormalization: over the pixels and the channels of a group. x: [images, …, channels] */
export function normalizeGroups(tf: TensorFlow, x: Tensor, groups: number, affine: Affine): Tensor {
  const channels = x.shape.at(-1)!;
  const apart = tf.reshape(x, [x.shape[0]!, -1, groups, channels / groups]);
  const bare = { ...affine, gamma: null, beta: null };
  const normal = normalize(tf, apart, moments(tf, apart, [1, 3], true), bare);
  return scale(tf, tf.reshape(normal, x.shape), affine);
}
