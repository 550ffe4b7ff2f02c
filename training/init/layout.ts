import type { LayerInfo, Shape } from '../layers/shape.ts';

/** How a tensor of a source becomes a weight in Keras's order: seen with other dimensions, then its axes in another order. */
export interface Layout {
  reshape: readonly number[];
  /** Axis i of the result is axis `axes[i]` of the reshaped tensor. */
  axes: readonly number[];
  /** What the result is. */
  shape: Shape;
}

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const straight = (dims: readonly number[]): Layout => ({ reshape: dims, axes: dims.map((_, i) => i), shape: dims });
const turned = (reshape: readonly number[], axes: readonly number[]): Layout => ({
  reshape,
  axes,
  shape: axes.map((axis) => reshape[axis]!),
});

/** What stands before a Dense layer, where that is a flattened map of more than one pixel: rows, columns, channels. */
export type FlattenedMap = readonly [number, number, number] | null;

/**
 * PyTorch's and ONNX's order of axes to Keras's. Convolutions: [out, in, rows, columns] to [rows, columns, in, out]; depthwise [in ·
 * multiplier, 1, rows, columns] to [rows, columns, in, multiplier]; matrices of PyTorch [out, in] to [in, out], and where they read
 * a flattened map, their inputs from [channel, row, column] to [row, column, channel].
 * @param style `torch`: PyTorch's modules; `onnx`: kernels as ONNX has them, matrices as [in, out]; `keras`: as it is
 */
export function layoutFor(
  style: 'torch' | 'onnx' | 'keras',
  type: LayerInfo['type'],
  part: string,
  dims: readonly number[],
  flattened: FlattenedMap,
): Layout {
  if (style === 'keras') return straight(dims);
  if (part.endsWith('kernel') && dims.length === 4) {
    if (type === 'DepthwiseConv2D' || part === 'depthwise_kernel') return { ...straight(dims), ...depthwise(dims) };
    return turned(dims, [2, 3, 1, 0]);
  }
  if (part === 'kernel' && dims.length === 2 && style === 'torch') {
    const [outputs = 0, inputs = 0] = dims;
    if (!flattened || size(flattened) !== inputs) return turned(dims, [1, 0]);
    const [rows, columns, channels] = flattened;
    const layout = turned([outputs, channels, rows, columns], [2, 3, 1, 0]);
    return { ...layout, shape: [inputs, outputs] };
  }
  return straight(dims);
}

/** The multiplier is not in the tensor's dimensions: the model's weight tells it, by the number of its channels. */
function depthwise(dims: readonly number[]): Layout {
  const [outputs = 0, , rows = 0, columns = 0] = dims;
  return { reshape: [outputs, 1, rows, columns], axes: [2, 3, 0, 1], shape: [rows, columns, outputs, 1] };
}

/** With a multiplier above 1 the channels of a depthwise kernel are [in, multiplier] in one axis. */
export function withMultiplier(layout: Layout, wanted: Shape): Layout {
  const [rows = 0, columns = 0, outputs = 0] = layout.shape;
  const [, , channels = 0, multiplier = 0] = wanted;
  if (layout.axes.join() !== '2,3,0,1' || channels * multiplier !== outputs) return layout;
  return { reshape: [channels, multiplier, rows, columns], axes: [2, 3, 0, 1], shape: wanted };
}
