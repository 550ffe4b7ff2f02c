import { transposedLength } from '@tidemark/training/layers/output-shape';
import type { LayerSpec } from '@tidemark/training/layers/spec';
import { pair, product, type Tensor } from './tensor.ts';
import { sliding, type Window, zerosBefore } from './windows.ts';

type Spec<T extends LayerSpec['type']> = Extract<LayerSpec, { type: T }>;

const windowOf = (layer: Spec<'Conv2D' | 'DepthwiseConv2D' | 'SeparableConv2D'>): Window => ({
  kernel: pair(layer.kernel_size),
  strides: pair(layer.strides),
  dilation: pair(layer.dilation_rate),
  padding: layer.padding,
});

/** kernel: [rows, columns, channels / groups, filters] */
export function convolve(x: Tensor, layer: Spec<'Conv2D'>, kernel: Float64Array, bias?: Float64Array): Tensor {
  const window = windowOf(layer);
  const { filters, groups } = layer;
  const own = x.shape[3]! / groups;
  const { data } = x;
  return sliding(x, window, filters, (pixels, k) => {
    const first = Math.floor(k / (filters / groups)) * own;
    let sum = bias?.[k] ?? 0;
    for (const p of pixels) {
      const w = (p.u * window.kernel[1] + p.v) * own;
      for (let c = 0; c < own; c++) sum += data[p.from + first + c]! * kernel[(w + c) * filters + k]!;
    }
    return sum;
  });
}

/** kernel: [rows, columns, channels, multiplier] */
export function depthwise(
  x: Tensor,
  layer: Spec<'DepthwiseConv2D' | 'SeparableConv2D'>,
  kernel: Float64Array,
  bias?: Float64Array,
): Tensor {
  const window = windowOf(layer);
  const multiplier = layer.depth_multiplier;
  const channels = x.shape[3]!;
  return sliding(x, window, channels * multiplier, (pixels, k) => {
    const c = Math.floor(k / multiplier);
    let sum = bias?.[k] ?? 0;
    for (const p of pixels) {
      const w = ((p.u * window.kernel[1] + p.v) * channels + c) * multiplier + (k % multiplier);
      sum += x.data[p.from + c]! * kernel[w]!;
    }
    return sum;
  });
}

/** Every pixel stamps its kernel on the result. kernel: [rows, columns, filters, channels] */
export function transpose(
  x: Tensor,
  layer: Spec<'Conv2DTranspose'>,
  kernel: Float64Array,
  bias?: Float64Array,
): Tensor {
  const [n = 1, h = 1, w = 1, channels = 1] = x.shape;
  const [size, strides, dilation] = [pair(layer.kernel_size), pair(layer.strides), pair(layer.dilation_rate)] as const;
  const more = layer.output_padding === undefined ? undefined : pair(layer.output_padding);
  const over = [0, 1].map((a) => (size[a]! - 1) * dilation[a]! + 1);
  const [rows = 0, columns = 0] = [h, w].map((v, a) =>
    transposedLength(v, over[a]!, strides[a]!, layer.padding, more?.[a]),
  );
  const [top, left] =
    layer.padding === 'same'
      ? [zerosBefore(rows, h, over[0]!, strides[0]), zerosBefore(columns, w, over[1]!, strides[1])]
      : [0, 0];
  const { filters } = layer;
  const shape = [n, rows, columns, filters];
  const data = new Float64Array(product(shape)).map((_, i) => bias?.[i % filters] ?? 0);
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const from = ((image * h + i) * w + j) * channels;
        for (let u = 0; u < size[0]; u++) {
          for (let v = 0; v < size[1]; v++) {
            const y = i * strides[0] + u * dilation[0] - top;
            const z = j * strides[1] + v * dilation[1] - left;
            if (y < 0 || y >= rows || z < 0 || z >= columns) continue;
            for (let f = 0; f < filters; f++) {
              const k = ((u * size[1] + v) * filters + f) * channels;
              let sum = 0;
              for (let c = 0; c < channels; c++) sum += x.data[from + c]! * kernel[k + c]!;
              data[((image * rows + y) * columns + z) * filters + f]! += sum;
            }
          }
        }
      }
    }
  }
  return { shape, data };
}
