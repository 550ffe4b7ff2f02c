import type { Loss } from '@tidemark/training/config/loss';
import { activate, type Forward } from './forward.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Keras's `backend.epsilon()`. */
const EPSILON = 1e-7;

const smoothed = (tf: TensorFlow, labels: Tensor, by: number, classes: number): Tensor =>
  by === 0 ? labels : tf.add(tf.mul(labels, 1 - by), by / classes);

/** Keras's cross-entropies; from logits where the head's activation is the loss's own. [images] */
function crossEntropy(tf: TensorFlow, binary: boolean, { output, activation }: Forward, p: Tensor, y: Tensor): Tensor {
  if (activation === (binary ? 'sigmoid' : 'softmax')) {
    return binary
      ? tf.mean(tf.sub(tf.softplus(output), tf.mul(output, y)), [1])
      : tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(output)), [1]));
  }
  const share = binary ? p : tf.div(p, tf.sum(p, [1], true));
  const clipped = tf.clipByValue(share, EPSILON, 1 - EPSILON);
  const hits = tf.mul(y, tf.log(clipped));
  if (!binary) return tf.neg(tf.sum(hits, [1]));
  const misses = tf.mul(tf.sub(1, y), tf.log(tf.sub(1, clipped)));
  return tf.neg(tf.mean(tf.add(hits, misses), [1]));
}

function perImage(tf: TensorFlow, loss: Loss, forward: Forward, p: Tensor, labels: Tensor): Tensor {
  switch (loss.name) {
    case 'binary_crossentropy':
      return crossEntropy(tf, true, forward, p, smoothed(tf, labels, loss.label_smoothing, 2));
    case 'categorical_crossentropy':
      return crossEntropy(tf, false, forward, p, smoothed(tf, labels, loss.label_smoothing, labels.shape[1]!));
    case 'mean_squared_error':
      return tf.mean(tf.square(tf.sub(p, labels)), [1]);
    case 'mean_absolute_error':
      return tf.mean(tf.abs(tf.sub(p, labels)), [1]);
    case 'huber': {
      const error = tf.sub(p, labels);
      const near = tf.clipByValue(error, -loss.delta, loss.delta);
      return tf.mean(tf.mul(near, tf.sub(error, tf.mul(near, 0.5))), [1]);
    }
  }
}

/** The batch's weighted mean, as keras/src/losses has it. */
export function lossOfBatch(
  tf: TensorFlow,
  loss: Loss,
  forward: Forward,
  { labels, weights }: { labels: Tensor; weights: Tensor },
) {
  const probabilities = activate(tf, forward.output, forward.activation);
  return { loss: tf.mean(tf.mul(perImage(tf, loss, forward, probabilities, labels), weights)), probabilities };
}
