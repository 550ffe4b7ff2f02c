import type { ParameterInfo } from '@tidemark/training/layers/shape';
import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Keras's L1 and L2 penalties of the weights that learn, added to a loss. */
export function withPenalty(
  tf: TensorFlow,
  loss: Tensor,
  parameters: readonly ParameterInfo[],
  weights: Readonly<Record<string, Tensor>>,
): Tensor {
  let sum = loss;
  for (const { name, trainable, regularizer } of parameters) {
    if (!trainable || !regularizer) continue;
    const w = weights[name]!;
    // w · sign(w), not |w|: TensorFlow.js gives |w| a slope of −1 at 0.
    if (regularizer.l1 > 0) sum = tf.add(sum, tf.mul(tf.sum(tf.mul(w, tf.sign(w))), regularizer.l1));
    if (regularizer.l2 > 0) sum = tf.add(sum, tf.mul(tf.sum(tf.square(w)), regularizer.l2));
  }
  return sum;
}
