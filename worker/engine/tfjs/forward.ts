import type { Activation } from '@tidemark/training/layers/arguments';
import { layerNames } from '@tidemark/training/layers/names';
import { asPair, sizeOf } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { fillMask, maskKey } from '../dropout-mask.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';

export interface Forward {
  /** Before `activation`, if that is given. */
  output: Tensor;
  activation: Activation;
  /** Next moving statistics, when training. */
  updates: Record<string, Tensor>;
}

interface Mode {
  training: boolean;
  seed: number;
  step: number;
}

export function activate(tf: TensorFlow, x: Tensor, kind: Activation): Tensor {
  if (kind === 'relu') return tf.relu(x);
  if (kind === 'sigmoid') return tf.sigmoid(x);
  if (kind === 'softmax') return tf.softmax(x);
  if (kind === 'linear') return x;
  throw new Error(`The tfjs engine has no ${kind} yet: use the onnx engine.`);
}

const pair = (v: number | readonly [number, number]): [number, number] => [...asPair(v)];

/** Sums over windows divided by how many pixels each has: padding is not counted, backwards either. */
function averagePool(tf: TensorFlow, x: Tensor, spec: Extract<LayerSpec, { type: 'AveragePooling2D' }>): Tensor {
  const [h, w] = asPair(spec.pool_size);
  const strides = pair(spec.strides ?? spec.pool_size);
  const [, rows = 1, columns = 1, channels = 1] = x.shape;
  const ones = (shape: number[]) => tf.tensor(new Float32Array(sizeOf(shape)).fill(1), shape, 'float32');
  const sums = tf.depthwiseConv2d(x, ones([h, w, channels, 1]), strides, spec.padding);
  return tf.div(sums, tf.depthwiseConv2d(ones([1, rows, columns, 1]), ones([h, w, 1, 1]), strides, spec.padding));
}

/** The layers one after another, in TensorFlow's order (image, row, column, channel). */
export function forward(
  tf: TensorFlow,
  layers: readonly LayerSpec[],
  weights: Readonly<Record<string, Tensor>>,
  images: Tensor,
  { training, seed, step }: Mode,
): Forward {
  const names = layerNames(layers);
  const updates: Record<string, Tensor> = {};
  let x = images;
  let pending: Activation = 'linear';
  layers.forEach((spec, i) => {
    if (spec.type === 'Dropout' && (!training || spec.rate === 0)) return;
    x = activate(tf, x, pending);
    pending = 'linear';
    const weight = (name: string) => weights[`${names[i]}/${name}`]!;
    switch (spec.type) {
      case 'Conv2D':
        x = tf.conv2d(x, weight('kernel'), pair(spec.strides), spec.padding);
        if (spec.use_bias) x = tf.add(x, weight('bias'));
        pending = spec.activation;
        break;
      case 'Dense': {
        const inputs = x.shape.at(-1)!;
        const rows = tf.matMul(tf.reshape(x, [-1, inputs]), weight('kernel'));
        const y = tf.reshape(rows, [...x.shape.slice(0, -1), spec.units]);
        x = spec.use_bias ? tf.add(y, weight('bias')) : y;
        pending = spec.activation;
        break;
      }
      case 'MaxPooling2D':
        x = tf.maxPool(x, pair(spec.pool_size), pair(spec.strides ?? spec.pool_size), spec.padding);
        break;
      case 'AveragePooling2D':
        x = averagePool(tf, x, spec);
        break;
      case 'GlobalAveragePooling2D':
        x = tf.mean(x, [1, 2]);
        break;
      case 'Flatten':
        x = tf.reshape(x, [x.shape[0]!, -1]);
        break;
      case 'Activation':
        pending = spec.activation;
        break;
      case 'Dropout': {
        const mask = new Float32Array(sizeOf(x.shape));
        fillMask(mask, maskKey(seed, step, i), spec.rate);
        x = tf.mul(x, tf.tensor(mask, x.shape, 'float32'));
        break;
      }
      case 'BatchNormalization': {
        let [mean, variance] = [weight('moving_mean'), weight('moving_variance')];
        if (training && spec.trainable) {
          const axes = x.shape.slice(0, -1).map((_, axis) => axis);
          const follow = (old: Tensor, now: Tensor) =>
            tf.add(tf.mul(old, spec.momentum), tf.mul(now, 1 - spec.momentum));
          const moments = [tf.mean(x, axes), tf.mean(tf.square(tf.sub(x, tf.mean(x, axes))), axes)] as const;
          updates[`${names[i]}/moving_mean`] = follow(mean, moments[0]);
          updates[`${names[i]}/moving_variance`] = follow(variance, moments[1]);
          [mean, variance] = moments;
        }
        const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, spec.epsilon)));
        x = tf.add(tf.mul(normal, weight('gamma')), weight('beta'));
        break;
      }
      default:
        throw new Error(`The tfjs engine has no ${spec.type} yet: use the onnx engine.`);
    }
  });
  return { output: x, activation: pending, updates };
}
