import type { AugmentationConfig } from '../config.ts';
import type { Affine } from './matrix.ts';

// scipy.ndimage.affine_transform with order=1 (scipy 1.17, ni_interpolation.c), for interleaved channels. Source coordinates are
// computed in float64 by the same operations in the same order, because `wrap` and `constant` jump at the border, where one
// bit decides; the interpolation itself is three float32 lerps, which the SIMD kernel repeats to the bit.

export type FillMode = AugmentationConfig['fill_mode'];

export interface Image {
  /** [rows, columns, channels] */
  data: Float32Array;
  rows: number;
  columns: number;
  channels: number;
}

/** Part of an output row: pixels `from` … `to`−1. Pixel o's source is at (y + c·dy, x + c·dx) with c = first + o·step. */
export interface Span {
  from: number;
  to: number;
  first: number;
  step: 1 | -1;
  y: number;
  dy: number;
  x: number;
  dx: number;
}

/** Samples a span bilinearly, coordinates clamped to the image, into the pixels that start at `at`. */
export type SampleSpan = (image: Image, out: Float32Array, at: number, span: Span) => void;

const { fround } = Math;
const lerp = (a: number, b: number, t: number): number => fround(a + fround(fround(b - a) * t));

/** The portable kernel. */
export const sampleSpan: SampleSpan = (
  { data, rows, columns, channels },
  out,
  at,
  { from, to, first, step, y, dy, x, dx },
) => {
  const lastRow = rows - 1;
  const lastColumn = columns - 1;
  const stride = columns * channels;
  let o = at + from * channels;
  for (let c = first + from * step, end = first + to * step; c !== end; c += step) {
    const v = y + c * dy;
    const u = x + c * dx;
    const row = v > 0 ? (v < lastRow ? v : lastRow) : 0;
    const column = u > 0 ? (u < lastColumn ? u : lastColumn) : 0;
    const i = row | 0;
    const j = column | 0;
    const s = fround(row - i);
    const t = fround(column - j);
    let p = i * stride + j * channels;
    const right = j < lastColumn ? channels : 0;
    const below = i < lastRow ? stride : 0;
    for (let end = p + channels; p < end; p++) {
      const left = lerp(data[p]!, data[p + below]!, s);
      out[o++] = lerp(left, lerp(data[p + right]!, data[p + right + below]!, s), t);
    }
  }
};

/** scipy's map_coordinate for coordinates outside [0, length − 1]. */
export function mapCoordinate(at: number, length: number, mode: 'reflect' | 'wrap'): number {
  if (length <= 1) return 0;
  if (mode === 'wrap') {
    const period = length - 1;
    if (at < 0) return at + period * (Math.trunc(-at / period) + 1);
    return at > period ? at - period * Math.trunc(at / period) : at;
  }
  const period = 2 * length;
  if (at < 0) {
    if (at < -period) at = period * Math.trunc(-at / period) + at;
    return at < -length ? at + period : (at > -Number.EPSILON ? 1e-15 : -at) - 1;
  }
  if (at <= length - 1) return at;
  at -= period * Math.trunc(at / period);
  return at >= length ? period - at - 1 : at;
}

/** A pixel outside the image, by mode. */
function outside(image: Image, out: Float32Array, o: number, v: number, u: number, mode: FillMode, cval: number): void {
  const { data, rows, columns, channels } = image;
  if (mode === 'constant') {
    for (let k = 0; k < channels; k++) out[o + k] = cval;
    return;
  }
  const around = mode as 'reflect' | 'wrap';
  const row = mapCoordinate(v, rows, around);
  const column = mapCoordinate(u, columns, around);
  const i = Math.floor(row);
  const j = Math.floor(column);
  const s = fround(row - i);
  const t = fround(column - j);
  // A reflected coordinate lies between −1 and the length: beyond the edge stands the edge's own pixel again.
  const top = Math.max(i, 0) * columns;
  const bottom = Math.min(i + 1, rows - 1) * columns;
  const left = Math.max(j, 0);
  const right = Math.min(j + 1, columns - 1);
  for (let k = 0; k < channels; k++) {
    const a = lerp(data[(top + left) * channels + k]!, data[(bottom + left) * channels + k]!, s);
    const b = lerp(data[(top + right) * channels + k]!, data[(bottom + right) * channels + k]!, s);
    out[o + k] = lerp(a, b, t);
  }
}

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

/** Fills `out` with the image seen through an affine map, then mirrored. `out` must not be the image's own array. */
export function resample(
  image: Image,
  out: Float32Array,
  affine: Affine,
  options: ResampleOptions,
  kernel = sampleSpan,
): void {
  const { rows, columns, channels } = image;
  const { fillMode, cval, flipHorizontal, flipVertical } = options;
  const span: Span = {
    from: 0,
    to: columns,
    first: flipHorizontal ? columns - 1 : 0,
    step: flipHorizontal ? -1 : 1,
    y: 0,
    dy: affine.rc,
    x: 0,
    dx: affine.cc,
  };
  for (let r = 0; r < rows; r++) {
    const at = (flipVertical ? rows - 1 - r : r) * columns * channels;
    span.y = affine.r0 + r * affine.rr;
    span.x = affine.c0 + r * affine.cr;
    if (fillMode !== 'nearest') {
      const [y0, y1] = inside(span.y, span.dy, rows - 1, columns);
      const [x0, x1] = inside(span.x, span.dx, columns - 1, columns);
      let [from, to] = [Math.max(y0, x0), Math.min(y1, x1)];
      if (to <= from) from = to = 0;
      for (let c = 0; c < columns; c++) {
        if (c === from && to > from) c = to;
        if (c >= columns) break;
        const o = at + (flipHorizontal ? columns - 1 - c : c) * channels;
        outside(image, out, o, span.y + c * span.dy, span.x + c * span.dx, fillMode, cval);
      }
      span.from = flipHorizontal ? columns - to : from;
      span.to = flipHorizontal ? columns - from : to;
    }
    if (span.to > span.from) kernel(image, out, at, span);
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
    else
      for (let c = 0, o = at + stride - channels; c < stride; c += channels, o -= channels)
        for (let k = 0; k < channels; k++) out[o + k] = row[c + k]!;
  }
}
