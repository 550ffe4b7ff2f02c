import { product, type Tensor } from './tensor.ts';

type Pair = readonly [number, number];

export interface Window {
  kernel: Pair;
  strides: Pair;
  dilation?: Pair;
  padding: 'valid' | 'same';
}

/** A pixel under a window: its place in the window, and where its channels start. */
export interface Pixel {
  u: number;
  v: number;
  from: number;
}

/** Zeros before an axis of `n`, for TensorFlow's `same`: the odd one goes after. */
export const zerosBefore = (n: number, outputs: number, kernel: number, stride: number): number =>
  Math.floor(Math.max((outputs - 1) * stride + kernel - n, 0) / 2);

/** One value for each window position and channel, of the window's pixels inside the image. */
export function sliding(
  x: Tensor,
  { kernel, strides, dilation = [1, 1], padding }: Window,
  channels: number,
  at: (pixels: Pixel[], c: number) => number,
): Tensor {
  const [n = 1, h = 1, w = 1, inputChannels = 1] = x.shape;
  const over = [0, 1].map((a) => (kernel[a]! - 1) * dilation[a]! + 1);
  const [rows = 0, columns = 0] = [h, w].map((size, a) =>
    padding === 'same' ? Math.ceil(size / strides[a]!) : Math.floor((size - over[a]!) / strides[a]!) + 1,
  );
  const [top, left] =
    padding === 'same'
      ? [zerosBefore(h, rows, over[0]!, strides[0]), zerosBefore(w, columns, over[1]!, strides[1])]
      : [0, 0];
  const shape = [n, rows, columns, channels];
  const data = new Float64Array(product(shape));
  let to = 0;
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const pixels: Pixel[] = [];
        for (let u = 0; u < kernel[0]; u++) {
          for (let v = 0; v < kernel[1]; v++) {
            const y = i * strides[0] - top + u * dilation[0];
            const z = j * strides[1] - left + v * dilation[1];
            if (y >= 0 && y < h && z >= 0 && z < w)
              pixels.push({ u, v, from: ((image * h + y) * w + z) * inputChannels });
          }
        }
        for (let c = 0; c < channels; c++) data[to++] = at(pixels, c);
      }
    }
  }
  return { shape, data };
}
