import type { Loss } from '@tidemark/training/config/loss';
import { activate, type Forward } from './forward.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Keras's `backend.epsilon()`. */
const EPSILON = 1e-7;

/** Keras's cross-entropies; from logits where the head's activation is the loss's own. */
export function crossEntropy(tf: TensorFlow, loss: Loss, { output, activation }: Forward, labels: Tensor) {
  const probabilities = activate(tf, output, activation);
  const binary = loss === 'binary_crossentropy';
  if (activation === (binary ? 'sigmoid' : 'softmax')) {
    const each = binary
      ? tf.mean(tf.sub(tf.softplus(output), tf.mul(output, labels)), [1])
      : tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(output)), [1]));
    return { loss: tf.mean(each), probabilities };
  }
  const share = binary ? probabilities : tf.div(probabilities, tf.sum(probabilities, [1], true));
  const p = tf.clipByValue(share, EPSILON, 1 - EPSILON);
  const hits = tf.mul(labels, tf.log(p));
  if (!binary) return { loss: tf.mean(tf.neg(tf.sum(hits, [1]))), probabilities };
  const misses = tf.mul(tf.sub(1, labels), tf.log(tf.sub(1, p)));
  return { loss: tf.mean(tf.neg(tf.mean(tf.add(hits, misses), [1]))), probabilities };
}
