import { asPair } from './parameters.ts';
import type { ShapeProblem } from './problem.ts';
import type { Shape } from './shape.ts';
import type { LayerSpec } from './spec.ts';

type Pair = readonly [number, number];
type Problem = Omit<ShapeProblem, 'index'>;
type Outcome = { output: Shape } | Problem;

const text = (shape: Shape): string => shape.join('×');

/** What a window covers with gaps between its pixels. */
export const extent = (window: number, dilation: number): number => (window - 1) * dilation + 1;

/** Length along one axis after a window slid over it (`valid`, or `same` with zero padding), as in Keras. */
export function outputLength(input: number, window: number, stride: number, padding: 'valid' | 'same'): number {
  return padding === 'same' ? Math.ceil(input / stride) : Math.floor((input - window) / stride) + 1;
}

/**
 * Length along one axis after a transposed convolution, as in Keras (`compute_conv_transpose_output_shape`).
 * @param window with its gaps
 */
export function transposedLength(
  input: number,
  window: number,
  stride: number,
  padding: 'valid' | 'same',
  outputPadding: number | undefined,
): number {
  if (padding === 'valid') return (input - 1) * stride + window + (outputPadding ?? Math.max(stride - window, 0));
  return outputPadding === undefined ? input * stride : (input - 1) * stride + (window % 2) + outputPadding;
}

/** [[top, bottom], [left, right]] of ZeroPadding2D. */
export function edges(padding: Extract<LayerSpec, { type: 'ZeroPadding2D' }>['padding']): readonly [Pair, Pair] {
  if (typeof padding === 'number') return [asPair(padding), asPair(padding)];
  return [asPair(padding[0]), asPair(padding[1])];
}

interface Window {
  kernel: Pair;
  dilation?: Pair;
  strides: Pair;
  padding: 'valid' | 'same';
}

function windowed(what: string, key: string, input: Shape, window: Window): Pair | Problem {
  const { kernel, strides, padding, dilation = [1, 1] } = window;
  if (dilation.some((v) => v > 1) && strides.some((v) => v > 1)) {
    return {
      key: 'dilation_rate',
      message: 'A convolution has strides or dilation, not both, as in Keras',
      hint: 'Set strides: 1 or dilation_rate: 1.',
    };
  }
  const over = [extent(kernel[0], dilation[0]), extent(kernel[1], dilation[1])] as const;
  const [h, w] = [
    outputLength(input[0]!, over[0], strides[0], padding),
    outputLength(input[1]!, over[1], strides[1], padding),
  ];
  if (h >= 1 && w >= 1) return [h, w];
  return {
    key,
    message: `A ${text(over)} ${what} needs at least ${text(over)} pixels, but gets ${text(input.slice(0, 2))}`,
    hint: 'Remove a pooling layer before it, use larger images, or set padding: same.',
  };
}

function transposed(layer: Extract<LayerSpec, { type: 'Conv2DTranspose' }>, input: Shape): Outcome {
  const [kernel, strides, dilation] = [
    asPair(layer.kernel_size),
    asPair(layer.strides),
    asPair(layer.dilation_rate),
  ] as const;
  const more = layer.output_padding === undefined ? undefined : asPair(layer.output_padding);
  if (dilation.some((v) => v > 1) && strides.some((v) => v > 1)) {
    return {
      key: 'dilation_rate',
      message: 'A transposed convolution has strides or dilation, not both',
      hint: 'Set strides: 1 or dilation_rate: 1.',
    };
  }
  const size = [0, 1].map((a) => {
    const over = extent(kernel[a]!, dilation[a]!);
    const length = transposedLength(input[a]!, over, strides[a]!, layer.padding, more?.[a]);
    // It must be a size that the convolution it transposes maps back to the input's.
    return outputLength(length, over, strides[a]!, layer.padding) === input[a] ? length : null;
  });
  if (size.includes(null)) {
    return {
      key: 'output_padding',
      message: `No output of a ${text(kernel)} transposed convolution with strides ${text(strides)} has this \`output_padding\``,
      hint: 'Leave output_padding out, or make it less than strides.',
    };
  }
  return { output: [size[0]!, size[1]!, layer.filters] };
}

function joined(layer: LayerSpec, inputs: readonly Shape[], names: readonly string[]): Outcome {
  const differs = (index: number, why: string): Problem => ({
    key: 'inputs',
    message: `${layer.type} ${why}: \`${names[0]}\` gives ${text(inputs[0]!)}, \`${names[index]}\` ${text(inputs[index]!)}`,
    hint:
      layer.type === 'Concatenate'
        ? 'Give their convolutions and pools the same strides and padding.'
        : 'A 1×1 convolution with as many filters, and strides where the other branch shrinks, makes them equal.',
  });
  const first = inputs[0]!;
  if (layer.type === 'Concatenate') {
    const other = inputs.findIndex((s) => s.length !== first.length || s.slice(0, -1).some((v, a) => v !== first[a]));
    if (other > 0) return differs(other, 'needs inputs of the same rows and columns');
    return { output: [...first.slice(0, -1), inputs.reduce((sum, s) => sum + s.at(-1)!, 0)] };
  }
  // One pixel is spread over the other's rows and columns, as in Keras: a gate of each channel.
  const isPixel = (s: Shape) => s.length === 3 && s[0] === 1 && s[1] === 1;
  const output = inputs.find((s) => !isPixel(s)) ?? first;
  const fits = (s: Shape) => text(s) === text(output) || (isPixel(s) && output.length === 3 && s[2] === output[2]);
  const other = inputs.findIndex((s) => !fits(s));
  if (other >= 0) return differs(other || inputs.indexOf(output), 'needs inputs of one shape');
  return { output };
}

/**
 * A layer's output shape, or what is wrong.
 * @param inputs the shapes it reads: one, or several for a layer that joins
 * @param names of the layers that it reads
 */
export function outputShape(layer: LayerSpec, inputs: readonly Shape[], names: readonly string[]): Outcome {
  const input = inputs[0]!;
  const map = input.length === 3;
  const channels = input.at(-1)!;
  const needsMap = {
    key: 'type',
    message: `${layer.type} needs rows, columns and channels, but gets a vector of ${text(input)}`,
    hint: 'Put it before Flatten.',
  };
  switch (layer.type) {
    case 'Conv2D':
    case 'DepthwiseConv2D':
    case 'SeparableConv2D': {
      if (!map) return needsMap;
      const size = windowed('convolution', 'kernel_size', input, {
        kernel: asPair(layer.kernel_size),
        dilation: asPair(layer.dilation_rate),
        strides: asPair(layer.strides),
        padding: layer.padding,
      });
      if ('key' in size) return size;
      if (layer.type === 'DepthwiseConv2D') return { output: [...size, channels * layer.depth_multiplier] };
      if (layer.type === 'Conv2D' && (channels % layer.groups !== 0 || layer.filters % layer.groups !== 0)) {
        return {
          key: 'groups',
          message: `${channels} channels and ${layer.filters} filters cannot both be cut into ${layer.groups} groups`,
          hint: 'Channels and filters must be multiples of groups.',
        };
      }
      return { output: [...size, layer.filters] };
    }
    case 'Conv2DTranspose':
      return map ? transposed(layer, input) : needsMap;
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      if (!map) return needsMap;
      const size = windowed('pooling window', 'pool_size', input, {
        kernel: asPair(layer.pool_size),
        strides: asPair(layer.strides ?? layer.pool_size),
        padding: layer.padding,
      });
      return 'key' in size ? size : { output: [...size, channels] };
    }
    case 'GlobalAveragePooling2D':
    case 'GlobalMaxPooling2D':
      if (!map) return needsMap;
      return { output: layer.keepdims ? [1, 1, channels] : [channels] };
    case 'UpSampling2D': {
      if (!map) return needsMap;
      const [h, w] = asPair(layer.size);
      return { output: [input[0]! * h, input[1]! * w, channels] };
    }
    case 'ZeroPadding2D': {
      if (!map) return needsMap;
      const [[top, bottom], [left, right]] = edges(layer.padding);
      return { output: [input[0]! + top + bottom, input[1]! + left + right, channels] };
    }
    case 'SpatialDropout2D':
      return map ? { output: input } : needsMap;
    case 'Flatten':
      return { output: [input.reduce((a, b) => a * b, 1)] };
    case 'Dense':
      // On a feature map Dense works on the channels, as in Keras.
      return { output: [...input.slice(0, -1), layer.units] };
    case 'Rescaling': {
      const wrong = (['scale', 'offset'] as const).find((key) => {
        const value = layer[key];
        return typeof value !== 'number' && value.length !== channels;
      });
      if (!wrong) return { output: input };
      return {
        key: wrong,
        message: `\`${wrong}\` has ${[layer[wrong]].flat().length} numbers, but there are ${channels} channels`,
        hint: 'Give one number, or one a channel.',
      };
    }
    case 'GroupNormalization':
      if (layer.groups === -1 || channels % layer.groups === 0) return { output: input };
      return {
        key: 'groups',
        message: `${channels} channels cannot be cut into ${layer.groups} groups`,
        hint: 'Use a number of groups that divides the channels, or -1 for one a channel.',
      };
    case 'Add':
    case 'Multiply':
    case 'Concatenate':
      return joined(layer, inputs, names);
    case 'Dropout':
    case 'Activation':
    case 'BatchNormalization':
    case 'LayerNormalization':
      return { output: input };
  }
}
