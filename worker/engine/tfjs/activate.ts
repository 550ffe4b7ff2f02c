import type { Activation } from '@tidemark/training/layers/arguments';
import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Keras's default slope of leaky_relu below 0. */
const SLOPE = 0.2;

export function activate(tf: TensorFlow, x: Tensor, kind: Activation): Tensor {
  switch (kind) {
    case 'linear':
      return x;
    case 'relu':
      return tf.relu(x);
    case 'relu6':
      return tf.clipByValue(x, 0, 6);
    case 'leaky_relu':
      return tf.leakyRelu(x, SLOPE);
    case 'elu':
      return tf.elu(x);
    case 'gelu':
      return tf.mul(x, tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5));
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'hard_swish':
      return tf.mul(x, tf.mul(tf.clipByValue(tf.add(x, 3), 0, 6), 1 / 6));
    case 'softmax':
      return tf.softmax(x);
    case 'sigmoid':
      return tf.sigmoid(x);
    case 'tanh':
      return tf.tanh(x);
  }
}
