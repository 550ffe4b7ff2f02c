import type { Tensor, TensorFlow } from './tensorflow.ts';

type Pair = readonly [number, number];

export interface Window {
  strides: Pair;
  padding: 'valid' | 'same';
  dilation?: Pair;
}

/** A kernel with zeros between its numbers along its first two axes: TensorFlow.js has no gradient of dilation. */
function dilated(tf: TensorFlow, kernel: Tensor, [down, across]: Pair): Tensor {
  if (down === 1 && across === 1) return kernel;
  const [h = 1, w = 1, a = 1, b = 1] = kernel.shape;
  const rows = tf.pad(tf.reshape(kernel, [h, 1, w * a * b]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
  ]);
  const columns = tf.pad(tf.reshape(rows, [h * down * w, 1, a * b]), [
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const all = tf.reshape(columns, [h * down, w * across, a, b]);
  return tf.slice(all, [0, 0, 0, 0], [(h - 1) * down + 1, (w - 1) * across + 1, a, b]);
}

/** Keras's Conv2D on [images, rows, columns, channels]; kernel [rows, columns, channels ÷ groups, filters]. */
export function convolution(
  tf: TensorFlow,
  x: Tensor,
  kernel: Tensor,
  { strides, padding, dilation = [1, 1] }: Window,
  groups = 1,
): Tensor {
  const spread = dilated(tf, kernel, dilation);
  if (groups === 1) return tf.conv2d(x, spread, [...strides], padding);
  const [n = 1, rows = 1, columns = 1] = x.shape;
  const [h = 1, w = 1, channels = 1, filters = 1] = spread.shape;
  const each = filters / groups;
  const parts = Array.from({ length: groups }, (_, i) => {
    const part = tf.slice(x, [0, 0, 0, i * channels], [n, rows, columns, channels]);
    return tf.conv2d(part, tf.slice(spread, [0, 0, 0, i * each], [h, w, channels, each]), [...strides], padding);
  });
  return tf.concat(parts, -1);
}

/** Keras's DepthwiseConv2D; kernel [rows, columns, channels, multiplier]. */
export function depthwise(tf: TensorFlow, x: Tensor, kernel: Tensor, window: Window): Tensor {
  const { strides, padding, dilation = [1, 1] } = window;
  if (strides[0] === strides[1]) {
    return tf.depthwiseConv2d(x, dilated(tf, kernel, dilation), [...strides], padding);
  }
  // TensorFlow's kernel knows square strides only.
  const [h = 1, w = 1, channels = 1, multiplier = 1] = kernel.shape;
  return convolution(tf, x, tf.reshape(kernel, [h, w, 1, channels * multiplier]), window, channels);
}

/** Keras's Conv2DTranspose; kernel [rows, columns, filters, channels], `output` [rows, columns, filters]. */
export function transposed(
  tf: TensorFlow,
  x: Tensor,
  kernel: Tensor,
  output: readonly number[],
  { strides, padding, dilation = [1, 1] }: Window,
): Tensor {
  const [rows = 1, columns = 1, filters = 1] = output;
  const shape: [number, number, number, number] = [x.shape[0]!, rows, columns, filters];
  return tf.conv2dTranspose(x, dilated(tf, kernel, dilation), shape, [...strides], padding);
}
