import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Stream } from '../rng.ts';

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

/** One axis: `lines` lines of `length` pixels, each pixel `width` numbers wide and `pitch` numbers from the next. */
function blurAxis(
  from: Float32Array,
  to: Float32Array,
  kernel: Float64Array,
  length: number,
  pitch: number,
  lineStarts: readonly number[],
  width: number,
): void {
  const half = (kernel.length - 1) / 2;
  const row = new Float64Array(width);
  for (const start of lineStarts) {
    for (let i = 0; i < length; i++) {
      row.fill(0);
      for (let k = 0; k < kernel.length; k++) {
        const weight = kernel[k]!;
        const source = start + mirrored(i + k - half, length) * pitch;
        for (let j = 0; j < width; j++) row[j]! += weight * from[source + j]!;
      }
      to.set(row, start + i * pitch);
    }
  }
}

/** torchvision's gaussian_blur: a separable kernel of `size` pixels a side, the image mirrored at its edges. */
export function blur(
  pixels: Float32Array,
  rows: number,
  columns: number,
  channels: number,
  size: number,
  sigma: number,
): void {
  const kernel = gaussianKernel(size, sigma);
  const between = new Float32Array(pixels.length);
  const stride = columns * channels;
  // Down first, whole rows at a time; then across, a pixel at a time.
  blurAxis(pixels, between, kernel, rows, stride, [0], stride);
  const starts = Array.from({ length: rows }, (_, row) => row * stride);
  blurAxis(between, pixels, kernel, columns, channels, starts, channels);
}
