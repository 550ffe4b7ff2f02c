import type { Loss } from '@tidemark/training/config/loss';
import { activate } from './activate.ts';
import type { Forward } from './forward.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Keras's `backend.epsilon()`. */
const EPSILON = 1e-7;

const smoothed = (tf: TensorFlow, labels: Tensor, by: number, classes: number): Tensor =>
  by === 0 ? labels : tf.add(tf.mul(labels, 1 - by), by / classes);

const clip = (tf: TensorFlow, p: Tensor): Tensor => tf.clipByValue(p, EPSILON, 1 - EPSILON);

/** The cross-entropy of every output; from logits where the head's activation is a sigmoid. [images, outputs] */
function binaryTerms(tf: TensorFlow, { output, activation }: Forward, p: Tensor, y: Tensor): Tensor {
  if (activation === 'sigmoid') return tf.sub(tf.softplus(output), tf.mul(output, y));
  const clipped = clip(tf, p);
  const misses = tf.mul(tf.sub(1, y), tf.log(tf.sub(1, clipped)));
  return tf.neg(tf.add(tf.mul(y, tf.log(clipped)), misses));
}

/** Probabilities as shares of their sum, away from 0 and 1. */
const shares = (tf: TensorFlow, p: Tensor): Tensor => clip(tf, tf.div(p, tf.sum(p, [1], true)));

function perImage(tf: TensorFlow, loss: Loss, forward: Forward, p: Tensor, labels: Tensor): Tensor {
  switch (loss.name) {
    case 'binary_crossentropy':
      return tf.mean(binaryTerms(tf, forward, p, smoothed(tf, labels, loss.label_smoothing, 2)), [1]);
    case 'categorical_crossentropy': {
      const y = smoothed(tf, labels, loss.label_smoothing, labels.shape[1]!);
      const logs = forward.activation === 'softmax' ? tf.logSoftmax(forward.output) : tf.log(shares(tf, p));
      return tf.neg(tf.sum(tf.mul(y, logs), [1]));
    }
    case 'binary_focal_crossentropy': {
      const { alpha, gamma } = loss;
      const y = smoothed(tf, labels, loss.label_smoothing, 2);
      const other = tf.sub(1, y);
      const miss = tf.add(tf.mul(y, tf.sub(1, p)), tf.mul(other, p));
      const focal = tf.mul(tf.pow(miss, gamma), binaryTerms(tf, forward, p, y));
      if (!loss.apply_class_balancing) return tf.mean(focal, [1]);
      return tf.mean(tf.mul(tf.add(tf.mul(y, alpha), tf.mul(other, 1 - alpha)), focal), [1]);
    }
    case 'categorical_focal_crossentropy': {
      const y = smoothed(tf, labels, loss.label_smoothing, labels.shape[1]!);
      const share = shares(tf, p);
      const factor = tf.mul(tf.pow(tf.sub(1, share), loss.gamma), loss.alpha);
      return tf.neg(tf.sum(tf.mul(factor, tf.mul(y, tf.log(share))), [1]));
    }
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
