import { edges } from '@tidemark/training/layers/output-shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { keeps, maskKey } from '@tidemark/worker/engine/dropout-mask';
import { activate } from './activate.ts';
import { convolve, depthwise, transpose } from './convolutions.ts';
import { moments, normalize } from './normalize.ts';
import { pair, product, type Tensor, tensor } from './tensor.ts';
import { sliding } from './windows.ts';

export interface LayerContext {
  /** The layer's parameter of this name; undefined where it has none. */
  weight(name: string): Float64Array | undefined;
  training: boolean;
  seed: number;
  step: number;
  /** The layer's place in the model. */
  index: number;
  /** Told the next value of a moving statistic. */
  update(name: string, value: Float64Array): void;
}

function affine(x: Tensor, kernel: Float64Array, bias: Float64Array | undefined, units: number): Tensor {
  const inputs = x.shape.at(-1)!;
  return tensor([...x.shape.slice(0, -1), units], (i) => {
    const [row, k] = [Math.floor(i / units) * inputs, i % units];
    let sum = bias?.[k] ?? 0;
    for (let c = 0; c < inputs; c++) sum += x.data[row + c]! * kernel[c * units + k]!;
    return sum;
  });
}

/** One value per image and channel of a map. */
function overPixels(x: Tensor, keepdims: boolean, of: (values: number[]) => number): Tensor {
  const [n = 1, h = 1, w = 1, c = 1] = x.shape;
  return tensor(keepdims ? [n, 1, 1, c] : [n, c], (i) => {
    const [image, k] = [Math.floor(i / c), i % c];
    return of(Array.from({ length: h * w }, (_, p) => x.data[(image * h * w + p) * c + k]!));
  });
}

/** A map made pixel by pixel; `at` may look anywhere in the image, outside of which there are zeros. */
function resized(
  x: Tensor,
  [rows, columns]: readonly [number, number],
  at: (look: (y: number, z: number) => number, i: number, j: number) => number,
): Tensor {
  const [n = 1, h = 1, w = 1, c = 1] = x.shape;
  return tensor([n, rows, columns, c], (index) => {
    const k = index % c;
    const j = Math.floor(index / c) % columns;
    const i = Math.floor(index / (c * columns)) % rows;
    const image = Math.floor(index / (c * columns * rows));
    const look = (y: number, z: number) =>
      y < 0 || z < 0 || y >= h || z >= w ? 0 : x.data[((image * h + y) * w + z) * c + k]!;
    return at(look, i, j);
  });
}

/** The line between two pixels at half-pixel centres; beyond an edge, the edge. */
function between(inputs: number, factor: number, o: number): readonly (readonly [at: number, share: number])[] {
  const place = (o + 0.5) / factor - 0.5;
  const below = Math.floor(place);
  const clamp = (i: number) => Math.min(Math.max(i, 0), inputs - 1);
  return [
    [clamp(below), 1 - (place - below)],
    [clamp(below + 1), place - below],
  ];
}

/** Tensors in one shape: a map of one pixel is spread over the others' rows and columns. */
function joined(xs: readonly Tensor[], f: (a: number, b: number) => number): Tensor {
  const largest = xs.reduce((a, b) => (product(b.shape) > product(a.shape) ? b : a));
  const spread = xs.map((x) => {
    if (product(x.shape) === product(largest.shape)) return x.data;
    const [, h = 1, w = 1, c = 1] = largest.shape;
    return largest.data.map((_, i) => x.data[Math.floor(i / (h * w * c)) * c + (i % c)]!);
  });
  return tensor(largest.shape, (i) => spread.map((d) => d[i]!).reduce(f));
}

/** A layer's result, in float64, from the definition. */
export function applyLayer(layer: LayerSpec, xs: readonly Tensor[], context: LayerContext): Tensor {
  const x = xs[0]!;
  const { training, seed, step, index } = context;
  const weight = (name: string) => context.weight(name)!;
  const channels = x.shape.at(-1)!;
  switch (layer.type) {
    case 'Conv2D':
      return activate(convolve(x, layer, weight('kernel'), context.weight('bias')), layer.activation);
    case 'DepthwiseConv2D':
      return activate(depthwise(x, layer, weight('kernel'), context.weight('bias')), layer.activation);
    case 'SeparableConv2D': {
      const y = depthwise(x, layer, weight('depthwise_kernel'));
      return activate(affine(y, weight('pointwise_kernel'), context.weight('bias'), layer.filters), layer.activation);
    }
    case 'Conv2DTranspose':
      return activate(transpose(x, layer, weight('kernel'), context.weight('bias')), layer.activation);
    case 'Dense':
      return activate(affine(x, weight('kernel'), context.weight('bias'), layer.units), layer.activation);
    case 'MaxPooling2D':
    case 'AveragePooling2D': {
      const kernel = pair(layer.pool_size);
      const strides = layer.strides === undefined ? kernel : pair(layer.strides);
      return sliding(x, { kernel, strides, padding: layer.padding }, channels, (pixels, c) => {
        const values = pixels.map((p) => x.data[p.from + c]!);
        if (layer.type === 'MaxPooling2D') return Math.max(...values);
        return values.reduce((a, v) => a + v, 0) / values.length;
      });
    }
    case 'GlobalAveragePooling2D':
      return overPixels(x, layer.keepdims, (values) => values.reduce((a, v) => a + v, 0) / values.length);
    case 'GlobalMaxPooling2D':
      return overPixels(x, layer.keepdims, (values) => Math.max(...values));
    case 'UpSampling2D': {
      const [high, wide] = pair(layer.size);
      const [h, w] = [x.shape[1]!, x.shape[2]!];
      const size = [h * high, w * wide] as const;
      if (layer.interpolation === 'nearest') {
        return resized(x, size, (look, i, j) => look(Math.floor(i / high), Math.floor(j / wide)));
      }
      return resized(x, size, (look, i, j) => {
        let sum = 0;
        for (const [y, down] of between(h, high, i)) {
          for (const [z, across] of between(w, wide, j)) sum += down * across * look(y, z);
        }
        return sum;
      });
    }
    case 'ZeroPadding2D': {
      const [[top, bottom], [left, right]] = edges(layer.padding);
      const size = [x.shape[1]! + top + bottom, x.shape[2]! + left + right] as const;
      return resized(x, size, (look, i, j) => look(i - top, j - left));
    }
    case 'Flatten':
      return { shape: [x.shape[0]!, product(x.shape.slice(1))], data: x.data };
    case 'Dropout':
    case 'SpatialDropout2D': {
      if (!training || layer.rate === 0) return x;
      const key = maskKey(seed, step, index);
      const pixels = product(x.shape.slice(1, -1)) * channels;
      const element = (i: number) =>
        layer.type === 'Dropout' ? i : Math.floor(i / pixels) * channels + (i % channels);
      return tensor(x.shape, (i) => (keeps(key, element(i), layer.rate) ? x.data[i]! / (1 - layer.rate) : 0));
    }
    case 'Activation':
      return activate(x, layer.activation);
    case 'Rescaling': {
      const [scale, offset] = [[layer.scale].flat(), [layer.offset].flat()];
      const of = (list: readonly number[], i: number) => list[list.length === 1 ? 0 : i % channels]!;
      return tensor(x.shape, (i) => x.data[i]! * of(scale, i) + of(offset, i));
    }
    case 'BatchNormalization': {
      const channel = (i: number) => i % channels;
      const own = training && layer.trainable;
      const moving = { mean: weight('moving_mean'), variance: weight('moving_variance') };
      const used = own ? moments(x, channels, channel) : moving;
      if (own) {
        const follow = (old: Float64Array, now: Float64Array) =>
          old.map((v, i) => v * layer.momentum + now[i]! * (1 - layer.momentum));
        context.update('moving_mean', follow(moving.mean, used.mean));
        context.update('moving_variance', follow(moving.variance, used.variance));
      }
      return normalize(x, used, channel, layer.epsilon, context.weight('gamma'), context.weight('beta'));
    }
    case 'LayerNormalization': {
      const pixel = (i: number) => Math.floor(i / channels);
      const used = moments(x, x.data.length / channels, pixel);
      return normalize(x, used, pixel, layer.epsilon, context.weight('gamma'), context.weight('beta'));
    }
    case 'GroupNormalization': {
      const groups = layer.groups === -1 ? channels : layer.groups;
      const perImage = x.data.length / x.shape[0]!;
      const set = (i: number) => Math.floor(i / perImage) * groups + Math.floor((i % channels) / (channels / groups));
      const used = moments(x, x.shape[0]! * groups, set);
      return normalize(x, used, set, layer.epsilon, context.weight('gamma'), context.weight('beta'));
    }
    case 'Add':
      return joined(xs, (a, b) => a + b);
    case 'Multiply':
      return joined(xs, (a, b) => a * b);
    case 'Concatenate': {
      const widths = xs.map((each) => each.shape.at(-1)!);
      const all = widths.reduce((a, b) => a + b, 0);
      return tensor([...x.shape.slice(0, -1), all], (i) => {
        let k = i % all;
        const n = widths.findIndex((width) => {
          if (k < width) return true;
          k -= width;
          return false;
        });
        return xs[n]!.data[Math.floor(i / all) * widths[n]! + k]!;
      });
    }
  }
}
