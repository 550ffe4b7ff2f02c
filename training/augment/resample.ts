import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Affine } from './matrix.ts';
import { multiply } from './multiply.ts';
import { simdKernel } from './simd.ts';
import { type Image, type Kernel, type Span, sampleSpan } from './span.ts';

// scipy.ndimage.affine_transform with order=1 (scipy 1.17, ni_interpolation.c), for interleaved channels. Source coordinates are
// computed in float64 by the same operations in the same order, because `wrap` and `constant` jump at the border, where one
// bit decides; the interpolation itself is three float32 lerps, which the SIMD kernel repeats to the bit, or float64 when asked.

export type FillMode = AugmentationConfig['fill_mode'];

/**
 * The integers c of [0, count) for which 0 ≤ start + c·step ≤ last: from `edges[0]` up to `edges[1]`. Rounding is monotone, so
 * they are a range, and the quotient is off by one at most.
 */
function inside(edges: Uint32Array, start: number, step: number, last: number, count: number): void {
  let from = 0;
  let to = count;
  if (step !== 0) {
    const a = -start / step;
    const b = (last - start) / step;
    from = Math.min(Math.max(Math.ceil(Math.min(a, b)) - 1, 0), count);
    to = Math.min(Math.max(Math.floor(Math.max(a, b)) + 2, 0), count);
  }
  while (from < to && !(start + from * step >= 0 && start + from * step <= last)) from++;
  while (to > from && !(start + (to - 1) * step >= 0 && start + (to - 1) * step <= last)) to--;
  edges[0] = from;
  edges[1] = to;
}

export interface ResampleOptions {
  fillMode: FillMode;
  cval: number;
  flipHorizontal: boolean;
  flipVertical: boolean;
  /** Interpolates in float64, as scipy does. */
  precise: boolean;
}

/**
 * Fills `out` with the image seen through an affine map, then mirrored, then multiplied by `factor` (a float32). `out` must not
 * be the image's own array.
 */
export function resample(
  image: Image,
  out: Float32Array,
  affine: Affine,
  options: ResampleOptions,
  factor = 1,
  portable = false,
): void {
  const { precise } = options;
  const kernel = portable ? null : simdKernel(image.rows, image.columns, image.channels, precise);
  if (!kernel) {
    sampleRows(
      { target: out, sample: (at, span, mode) => sampleSpan(image, out, at, span, mode, precise) },
      image,
      affine,
      options,
    );
    if (factor !== 1) multiply(out, factor);
    return;
  }
  kernel.source.set(image.data);
  sampleRows(kernel, image, affine, options);
  if (factor !== 1) kernel.multiply(factor);
  out.set(kernel.target);
}

// No closures inside: this runs for every row of every image.
function sampleRows(
  kernel: Kernel,
  { rows, columns, channels }: Image,
  affine: Affine,
  options: ResampleOptions,
): void {
  const { fillMode, cval, flipHorizontal, flipVertical } = options;
  const { target } = kernel;
  const [first, step] = flipHorizontal ? [columns - 1, -1 as const] : [0, 1 as const];
  const span: Span = { from: 0, to: columns, first, step, y: 0, dy: affine.rc, x: 0, dx: affine.cc };
  const ys = new Uint32Array(2);
  const xs = new Uint32Array(2);
  for (let i = 0; i < rows; i++) {
    const r = flipVertical ? rows - 1 - i : i;
    const at = i * columns * channels;
    span.y = affine.r0 + r * affine.rr;
    span.x = affine.c0 + r * affine.cr;
    if (fillMode === 'nearest') {
      kernel.sample(at, span, fillMode);
      continue;
    }
    inside(ys, span.y, span.dy, rows - 1, columns);
    inside(xs, span.x, span.dx, columns - 1, columns);
    const low = Math.max(ys[0]!, xs[0]!);
    const high = Math.max(Math.min(ys[1]!, xs[1]!), low);
    const from = flipHorizontal ? columns - high : low;
    const to = flipHorizontal ? columns - low : high;
    // From left to right: the SIMD kernel stores a little beyond its span, and what comes after puts that right.
    for (let part = 0; part < 3; part++) {
      span.from = part === 0 ? 0 : part === 1 ? from : to;
      span.to = part === 0 ? from : part === 1 ? to : columns;
      if (span.from === span.to) continue;
      if (part === 1) kernel.sample(at, span, 'nearest');
      else if (fillMode === 'constant') target.fill(cval, at + span.from * channels, at + span.to * channels);
      else kernel.sample(at, span, fillMode);
    }
    span.from = 0;
    span.to = columns;
  }
}

function mirrorRow(
  row: Float32Array | Uint8Array,
  out: Float32Array,
  at: number,
  channels: number,
  factor: number,
): void {
  let o = at + row.length;
  if (channels === 3) {
    for (let c = 0; c < row.length; c += 3) {
      o -= 3;
      out[o] = row[c]! * factor;
      out[o + 1] = row[c + 1]! * factor;
      out[o + 2] = row[c + 2]! * factor;
    }
    return;
  }
  for (let c = 0; c < row.length; c += channels) {
    o -= channels;
    for (let k = 0; k < channels; k++) out[o + k] = row[c + k]! * factor;
  }
}

/** The image mirrored, without sampling, and multiplied by `factor` (a float32). */
export function mirror(image: Image, out: Float32Array, horizontal: boolean, vertical: boolean, factor = 1): void {
  const { data, rows, columns, channels } = image;
  const stride = columns * channels;
  if (!horizontal) {
    if (vertical) {
      for (let r = 0; r < rows; r++) out.set(data.subarray(r * stride, (r + 1) * stride), (rows - 1 - r) * stride);
    } else out.set(data);
    if (factor !== 1) multiply(out, factor);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * stride, (r + 1) * stride);
    mirrorRow(row, out, (vertical ? rows - 1 - r : r) * stride, channels, factor);
  }
}
