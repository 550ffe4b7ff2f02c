import type { Tensor, TensorFlow } from './tensorflow.ts';

/** Row o of [inputs · factor, inputs]: TensorFlow's half-pixel centres, and beyond an edge the edge; or the nearest. */
function weights(inputs: number, factor: number, interpolation: 'nearest' | 'bilinear'): Float32Array {
  const out = new Float32Array(inputs * factor * inputs);
  for (let o = 0; o < inputs * factor; o++) {
    const at = interpolation === 'nearest' ? Math.floor(o / factor) : (o + 0.5) / factor - 0.5;
    const below = Math.floor(at);
    out[o * inputs + Math.max(below, 0)]! += 1 - (at - below);
    out[o * inputs + Math.min(below + 1, inputs - 1)]! += at - below;
  }
  return out;
}

/** Keras's UpSampling2D, as a product along each axis: TensorFlow.js's own resizing has the gradient of another grid. */
export function upSample(
  tf: TensorFlow,
  x: Tensor,
  [high, wide]: readonly [number, number],
  interpolation: 'nearest' | 'bilinear',
): Tensor {
  const [n = 1, rows = 1, columns = 1, channels = 1] = x.shape;
  const map = (inputs: number, factor: number) =>
    tf.tensor(weights(inputs, factor, interpolation), [inputs * factor, inputs], 'float32');
  const byRow = tf.reshape(tf.transpose(x, [1, 0, 2, 3]), [rows, n * columns * channels]);
  const tall = tf.reshape(tf.matMul(map(rows, high), byRow), [rows * high, n, columns, channels]);
  const byColumn = tf.reshape(tf.transpose(tall, [2, 0, 1, 3]), [columns, rows * high * n * channels]);
  const all = tf.reshape(tf.matMul(map(columns, wide), byColumn), [columns * wide, rows * high, n, channels]);
  return tf.transpose(all, [2, 1, 0, 3]);
}
