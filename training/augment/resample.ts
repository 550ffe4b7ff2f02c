import type { AugmentationConfig } from '../config.ts';
import type { Affine } from './matrix.ts';
import { simdKernel } from './simd.ts';
import { type Image, type Span, type SpanMode, sampleSpan } from './span.ts';

// scipy.ndimage.affine_transform with order=1 (scipy 1.17, ni_interpolation.c), for interleaved channels. Source coordinates are
// computed in float64 by the same operations in the same order, because `wrap` and `constant` jump at the border, where one
// bit decides; the interpolation itself is three float32 lerps, which the SIMD kernel repeats to the bit.

export type FillMode = AugmentationConfig['fill_mode'];

/** The integers c of [0, count) for which 0 ≤ start + c·step ≤ last, as [from, to): rounding is monotone, so they are a range. */
function inside(start: number, step: number, last: number, count: number): [number, number] {
  if (step === 0) return start >= 0 && start <= last ? [0, count] : [0, 0];
  const a = -start / step;
  const b = (last - start) / step;
  const clamp = (c: number) => Math.min(Math.max(c, 0), count);
  let from = clamp(Math.ceil(Math.min(a, b)) - 1);
  let to = clamp(Math.floor(Math.max(a, b)) + 2);
  const fits = (c: number) => start + c * step >= 0 && start + c * step <= last;
  while (from < to && !fits(from)) from++;
  while (to > from && !fits(to - 1)) to--;
  return [from, to];
}

export interface ResampleOptions {
  fillMode: FillMode;
  cval: number;
  flipHorizontal: boolean;
  flipVertical: boolean;
}

/** Calls back for every row of the output, in order, with where it starts and its source coordinates. */
function eachRow(image: Image, affine: Affine, options: ResampleOptions, row: (at: number, span: Span) => void): void {
  const { rows, columns, channels } = image;
  const { flipHorizontal, flipVertical } = options;
  const [first, step] = flipHorizontal ? [columns - 1, -1 as const] : [0, 1 as const];
  const span: Span = { from: 0, to: columns, first, step, y: 0, dy: affine.rc, x: 0, dx: affine.cc };
  for (let i = 0; i < rows; i++) {
    const r = flipVertical ? rows - 1 - i : i;
    span.y = affine.r0 + r * affine.rr;
    span.x = affine.c0 + r * affine.cr;
    if (options.fillMode !== 'nearest') {
      const [y0, y1] = inside(span.y, span.dy, rows - 1, columns);
      const [x0, x1] = inside(span.x, span.dx, columns - 1, columns);
      const from = Math.max(y0, x0);
      const to = Math.max(Math.min(y1, x1), from);
      span.from = flipHorizontal ? columns - to : from;
      span.to = flipHorizontal ? columns - from : to;
    }
    row(i * columns * channels, span);
  }
}

/** Fills `out` with the image seen through an affine map, then mirrored. `out` must not be the image's own array. */
export function resample(
  image: Image,
  out: Float32Array,
  affine: Affine,
  options: ResampleOptions,
  portable = false,
): void {
  const { rows, columns, channels } = image;
  const { fillMode, cval } = options;
  const kernel = portable ? null : simdKernel(rows, columns, channels);
  kernel?.source.set(image.data);
  const target = kernel ? kernel.target : out;
  const sample = (at: number, span: Span, mode: SpanMode) =>
    kernel ? kernel.sample(at, span, mode) : sampleSpan(image, out, at, span, mode);
  // From left to right: the SIMD kernel stores a little beyond its span, and what comes after puts that right.
  eachRow(image, affine, options, (at, span) => {
    const { from, to } = span;
    const outside = (start: number, end: number) => {
      if (start >= end) return;
      if (fillMode === 'constant') target.fill(cval, at + start * channels, at + end * channels);
      else sample(at, { ...span, from: start, to: end }, fillMode);
    };
    outside(0, from);
    if (to > from) sample(at, span, 'nearest');
    outside(to, columns);
  });
  if (kernel) out.set(kernel.target);
}

function mirrorRow(row: Float32Array, out: Float32Array, at: number, channels: number): void {
  let o = at + row.length;
  if (channels === 3) {
    for (let c = 0; c < row.length; c += 3) {
      o -= 3;
      out[o] = row[c]!;
      out[o + 1] = row[c + 1]!;
      out[o + 2] = row[c + 2]!;
    }
    return;
  }
  for (let c = 0; c < row.length; c += channels) {
    o -= channels;
    for (let k = 0; k < channels; k++) out[o + k] = row[c + k]!;
  }
}

/** The image mirrored, without sampling. */
export function mirror(image: Image, out: Float32Array, horizontal: boolean, vertical: boolean): void {
  const { data, rows, columns, channels } = image;
  const stride = columns * channels;
  if (!horizontal && !vertical) {
    out.set(data);
    return;
  }
  for (let r = 0; r < rows; r++) {
    const row = data.subarray(r * stride, (r + 1) * stride);
    const at = (vertical ? rows - 1 - r : r) * stride;
    if (!horizontal) out.set(row, at);
    else mirrorRow(row, out, at, channels);
  }
}
