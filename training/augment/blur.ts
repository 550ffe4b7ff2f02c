import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Stream } from '../rng.ts';
import { type SimdTaps, simdTaps } from './simd.ts';

const { fround } = Math;

/** Standard deviation in pixels, uniform in the range, as torchvision's GaussianBlur draws it; null when it does not happen. */
export function drawBlur(
  { sigma, p }: NonNullable<AugmentationConfig['gaussian_blur']>,
  random: Stream,
): number | null {
  const happens = random.uniform() < p;
  const [low, high] = typeof sigma === 'number' ? [sigma, sigma] : sigma;
  const drawn = random.between(low, high);
  return happens ? drawn : null;
}

/** torchvision's kernel: the density at whole pixels, made to add up to 1. */
export function gaussianKernel(size: number, sigma: number): Float64Array {
  const middle = (size - 1) / 2;
  const kernel = Float64Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - middle) / sigma) ** 2));
  const sum = kernel.reduce((a, b) => a + b, 0);
  return kernel.map((weight) => weight / sum);
}

/** Where a pixel outside 0 … length−1 is read: mirrored about the edge pixel, which is not repeated. */
function mirrored(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = ((at % period) + period) % period;
  return within < length ? within : period - within;
}

/** What `simdTaps` does, number by number: the same roundings in the same order. */
function portableTaps(size: number): SimdTaps {
  const [source, target] = [new Float32Array(size), new Float32Array(size)];
  return {
    source,
    target,
    run: (count, step, weights) => {
      for (let i = 0; i < count; i++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum = fround(sum + fround(weights[k]! * source[i + k * step]!));
        target[i] = sum;
      }
    },
  };
}

/**
 * torchvision's gaussian_blur: a separable kernel of `size` pixels a side, the image mirrored at its edges.
 * @param portable without the SIMD kernel; the result is the same
 */
export function blur(
  pixels: Float32Array,
  rows: number,
  columns: number,
  channels: number,
  size: number,
  sigma: number,
  portable = false,
): void {
  const weights = Float32Array.from(gaussianKernel(size, sigma));
  const half = (size - 1) / 2;
  const stride = columns * channels;
  const wide = (columns + 2 * half) * channels;
  const room = wide * (rows + 2 * half) + 4;
  const { source, target, run } = (portable ? null : simdTaps(room, size)) ?? portableTaps(room);
  // Across: every row with its mirrored ends, one after the other. What comes out behind a row's own pixels is not used.
  for (let row = 0; row < rows; row++) {
    const from = row * stride;
    const at = row * wide + half * channels;
    source.set(pixels.subarray(from, from + stride), at);
    for (let out = 1; out <= half; out++) {
      for (let c = 0; c < channels; c++) {
        source[at - out * channels + c] = pixels[from + mirrored(-out, columns) * channels + c]!;
        const end = columns - 1 + out;
        source[at + end * channels + c] = pixels[from + mirrored(end, columns) * channels + c]!;
      }
    }
  }
  const whole = wide * rows;
  source.fill(0, whole, whole + (size - 1) * channels);
  run(whole, channels, weights);
  // Down: the rows with mirrored ones above and below.
  for (let row = -half; row < rows + half; row++) {
    const from = mirrored(row, rows) * wide;
    source.set(target.subarray(from, from + stride), (row + half) * wide);
  }
  run(whole, wide, weights);
  for (let row = 0; row < rows; row++) {
    pixels.set(target.subarray(row * wide, row * wide + stride), row * stride);
  }
  // The weights add up to 1 only within float32: a white image would end a last bit above white.
  for (let i = 0, n = pixels.length; i < n; i++) if (pixels[i]! > 255) pixels[i] = 255;
}
