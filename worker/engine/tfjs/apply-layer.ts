import type { Activation } from '@tidemark/training/layers/arguments';
import { edges } from '@tidemark/training/layers/output-shape';
import { asPair, type LayerInfo, sizeOf } from '@tidemark/training/layers/shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { fillMask, maskKey } from '../dropout-mask.ts';
import { convolution, depthwise, transposed } from './convolve.ts';
import { moments, normalize, normalizeGroups } from './normalize.ts';
import type { Tensor, TensorFlow } from './tensorflow.ts';
import { upSample } from './up-sample.ts';

export interface Mode {
  training: boolean;
  seed: number;
  step: number;
}

/** What a layer may use besides its inputs. */
export interface LayerContext extends Mode {
  tf: TensorFlow;
  info: LayerInfo;
  /** A parameter of the layer by its last name (`kernel`). */
  weight(name: string): Tensor;
  /** Hands over the next value of a moving statistic. */
  update(name: string, t: Tensor): void;
}

/** Sums over windows divided by how many pixels each has: padding is not counted, backwards either. */
function averagePool(tf: TensorFlow, x: Tensor, spec: Extract<LayerSpec, { type: 'AveragePooling2D' }>): Tensor {
  const [h, w] = asPair(spec.pool_size);
  const window = { strides: asPair(spec.strides ?? spec.pool_size), padding: spec.padding };
  const [, rows = 1, columns = 1, channels = 1] = x.shape;
  const ones = (shape: number[]) => tf.tensor(new Float32Array(sizeOf(shape)).fill(1), shape, 'float32');
  const sums = depthwise(tf, x, ones([h, w, channels, 1]), window);
  return tf.div(sums, depthwise(tf, ones([1, rows, columns, 1]), ones([h, w, 1, 1]), window));
}

function dense({ tf, weight }: LayerContext, x: Tensor, units: number): Tensor {
  const rows = tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), weight('kernel'));
  return tf.reshape(rows, [...x.shape.slice(0, -1), units]);
}

/** A mask over [images, …], one number an element or one a channel. */
function dropout({ tf, seed, step, info }: LayerContext, x: Tensor, rate: number, whole: boolean): Tensor {
  const shape = whole ? [x.shape[0]!, ...x.shape.slice(1, -1).map(() => 1), x.shape.at(-1)!] : x.shape;
  const mask = new Float32Array(sizeOf(shape));
  fillMask(mask, maskKey(seed, step, info.index), rate);
  return tf.mul(x, tf.tensor(mask, shape, 'float32'));
}

function batchNormalization(
  { tf, training, weight, update }: LayerContext,
  x: Tensor,
  spec: Extract<LayerSpec, { type: 'BatchNormalization' }>,
): Tensor {
  const gamma = spec.scale ? weight('gamma') : null;
  const beta = spec.center ? weight('beta') : null;
  const affine = { epsilon: spec.epsilon, gamma, beta };
  const [mean, variance] = [weight('moving_mean'), weight('moving_variance')];
  if (!training || !spec.trainable) return normalize(tf, x, { mean, variance }, affine);
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const now = moments(tf, x, axes);
  const follow = (old: Tensor, t: Tensor) => tf.add(tf.mul(old, spec.momentum), tf.mul(t, 1 - spec.momentum));
  update('moving_mean', follow(mean, now.mean));
  update('moving_variance', follow(variance, now.variance));
  return normalize(tf, x, now, affine);
}

/** A layer's result before its activation. Maps are in TensorFlow's order: image, row, column, channel. */
export function applyLayer(spec: LayerSpec, inputs: readonly Tensor[], context: LayerContext): Tensor {
  const { tf, info, training, weight } = context;
  const x = inputs[0]!;
  const biased = (y: Tensor, use: boolean) => (use ? tf.add(y, weight('bias')) : y);
  const window = (of: { strides: number | readonly [number, number]; padding: 'valid' | 'same' }) => ({
    strides: asPair(of.strides),
    padding: of.padding,
  });
  const affine = (of: { epsilon: number; scale: boolean; center: boolean }) => ({
    epsilon: of.epsilon,
    gamma: of.scale ? weight('gamma') : null,
    beta: of.center ? weight('beta') : null,
  });
  switch (spec.type) {
    case 'Conv2D': {
      const wide = { ...window(spec), dilation: asPair(spec.dilation_rate) };
      return biased(convolution(tf, x, weight('kernel'), wide, spec.groups), spec.use_bias);
    }
    case 'DepthwiseConv2D': {
      const wide = { ...window(spec), dilation: asPair(spec.dilation_rate) };
      return biased(depthwise(tf, x, weight('kernel'), wide), spec.use_bias);
    }
    case 'SeparableConv2D': {
      const wide = { ...window(spec), dilation: asPair(spec.dilation_rate) };
      const between = depthwise(tf, x, weight('depthwise_kernel'), wide);
      return biased(tf.conv2d(between, weight('pointwise_kernel'), [1, 1], 'valid'), spec.use_bias);
    }
    case 'Conv2DTranspose': {
      const wide = { ...window(spec), dilation: asPair(spec.dilation_rate) };
      return biased(transposed(tf, x, weight('kernel'), info.output, wide), spec.use_bias);
    }
    case 'Dense':
      return biased(dense(context, x, spec.units), spec.use_bias);
    case 'MaxPooling2D': {
      const [size, strides] = [asPair(spec.pool_size), asPair(spec.strides ?? spec.pool_size)];
      return tf.maxPool(x, [...size], [...strides], spec.padding);
    }
    case 'AveragePooling2D':
      return averagePool(tf, x, spec);
    case 'GlobalAveragePooling2D':
      return tf.mean(x, [1, 2], spec.keepdims);
    case 'GlobalMaxPooling2D':
      return tf.max(x, [1, 2], spec.keepdims);
    case 'UpSampling2D':
      return upSample(tf, x, asPair(spec.size), spec.interpolation);
    case 'ZeroPadding2D': {
      const [rows, columns] = edges(spec.padding);
      return tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]]);
    }
    case 'Flatten':
      return tf.reshape(x, [x.shape[0]!, -1]);
    case 'Dropout':
      return training && spec.rate > 0 ? dropout(context, x, spec.rate, false) : x;
    case 'SpatialDropout2D':
      return training && spec.rate > 0 ? dropout(context, x, spec.rate, true) : x;
    case 'Activation':
      return x;
    case 'Rescaling': {
      const row = (values: number | readonly number[]) => {
        const list = [values].flat();
        return tf.tensor(Float32Array.from(list), [list.length], 'float32');
      };
      return tf.add(tf.mul(x, row(spec.scale)), row(spec.offset));
    }
    case 'BatchNormalization':
      return batchNormalization(context, x, spec);
    case 'LayerNormalization':
      return normalize(tf, x, moments(tf, x, [x.shape.length - 1], true), affine(spec));
    case 'GroupNormalization':
      return normalizeGroups(tf, x, spec.groups === -1 ? x.shape.at(-1)! : spec.groups, affine(spec));
    case 'Add':
      return inputs.slice(1).reduce((sum, t) => tf.add(sum, t), x);
    case 'Multiply':
      return inputs.slice(1).reduce((product, t) => tf.mul(product, t), x);
    case 'Concatenate':
      return tf.concat([...inputs], -1);
  }
}

/** What follows a layer's result. */
export const activationOf = (spec: LayerSpec): Activation => ('activation' in spec ? spec.activation : 'linear');
