import type { Initializer, Regularizer } from './arguments.ts';
import type { LayerSpec } from './spec.ts';

export interface ParameterInfo {
  /** `conv2d/kernel`. Kernels are in Keras's order: rows, columns, in, out. */
  name: string;
  shape: readonly number[];
  /** Learns by gradient: false for moving statistics and in layers with `trainable: false`. */
  trainable: boolean;
  /** A moving mean or variance: changes in training without a gradient, unless its layer has `trainable: false`. */
  statistic: boolean;
  initializer: Initializer;
  regularizer: Regularizer | null;
}

/**
 * What a layer learns, and its moving statistics, in Keras's order of creation.
 * @param channels of its input: the last axis
 */
export function layerParameters(layer: LayerSpec, name: string, channels: number): ParameterInfo[] {
  const out: ParameterInfo[] = [];
  const add = (
    part: string,
    shape: readonly number[],
    initializer: Initializer,
    regularizer: Regularizer | undefined = undefined,
    statistic = false,
  ) => {
    const trainable = !statistic && 'trainable' in layer && layer.trainable;
    out.push({ name: `${name}/${part}`, shape, trainable, statistic, initializer, regularizer: regularizer ?? null });
  };
  switch (layer.type) {
    case 'Conv2D':
    case 'Conv2DTranspose': {
      const channelAxes =
        layer.type === 'Conv2D' ? [channels / layer.groups, layer.filters] : [layer.filters, channels];
      const kernel = [...asPair(layer.kernel_size), ...channelAxes];
      add('kernel', kernel, layer.kernel_initializer, layer.kernel_regularizer);
      if (layer.use_bias) add('bias', [layer.filters], layer.bias_initializer, layer.bias_regularizer);
      break;
    }
    case 'DepthwiseConv2D': {
      const kernel = [...asPair(layer.kernel_size), channels, layer.depth_multiplier];
      add('kernel', kernel, layer.depthwise_initializer, layer.depthwise_regularizer);
      const outputs = channels * layer.depth_multiplier;
      if (layer.use_bias) add('bias', [outputs], layer.bias_initializer, layer.bias_regularizer);
      break;
    }
    case 'SeparableConv2D': {
      const depthwise = [...asPair(layer.kernel_size), channels, layer.depth_multiplier];
      const pointwise = [1, 1, channels * layer.depth_multiplier, layer.filters];
      add('depthwise_kernel', depthwise, layer.depthwise_initializer, layer.depthwise_regularizer);
      add('pointwise_kernel', pointwise, layer.pointwise_initializer, layer.pointwise_regularizer);
      if (layer.use_bias) add('bias', [layer.filters], layer.bias_initializer, layer.bias_regularizer);
      break;
    }
    case 'Dense':
      add('kernel', [channels, layer.units], layer.kernel_initializer, layer.kernel_regularizer);
      if (layer.use_bias) add('bias', [layer.units], layer.bias_initializer, layer.bias_regularizer);
      break;
    case 'BatchNormalization':
    case 'LayerNormalization':
    case 'GroupNormalization':
      if (layer.scale) add('gamma', [channels], layer.gamma_initializer);
      if (layer.center) add('beta', [channels], layer.beta_initializer);
      if (layer.type === 'BatchNormalization') {
        add('moving_mean', [channels], 'zeros', undefined, true);
        add('moving_variance', [channels], 'ones', undefined, true);
      }
      break;
  }
  return out;
}

export const asPair = (value: number | readonly [number, number]): readonly [number, number] =>
  typeof value === 'number' ? [value, value] : value;
