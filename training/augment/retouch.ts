import type { Retouch } from './policy.ts';
import { smooth } from './smooth.ts';

// A policy's operations on colours, with Pillow's bytes: torchvision hands them to Pillow, or repeats what it does.

const { fround, trunc } = Math;
const clip = (value: number): number => (value <= 0 ? 0 : value >= 255 ? 255 : trunc(value));

/** libImaging/Blend.c: from `base` through `value` and beyond, in float32, the fraction cut off. */
function blend(base: number, value: number, factor: number): number {
  return clip(fround(base + fround(factor * (value - base))));
}

/** Luma with Pillow's integer weights (libImaging/Convert.c). */
const luma = (r: number, g: number, b: number): number => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

function meanLuma(pixels: Uint8Array, channels: number): number {
  let sum = 0;
  for (let i = 0, n = pixels.length; i < n; i += channels) {
    sum += channels === 3 ? luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!) : pixels[i]!;
  }
  return trunc(sum / (pixels.length / channels) + 0.5);
}

/** One table for all channels. */
function through(pixels: Uint8Array, table: ArrayLike<number>): void {
  for (let i = 0, n = pixels.length; i < n; i++) pixels[i] = table[pixels[i]!]!;
}

/** A table for each channel, made from its histogram. */
function eachThrough(pixels: Uint8Array, channels: number, make: (histogram: Uint32Array) => ArrayLike<number>): void {
  for (let c = 0; c < channels; c++) {
    const histogram = new Uint32Array(256);
    for (let i = c, n = pixels.length; i < n; i += channels) histogram[pixels[i]!]!++;
    const table = make(histogram);
    for (let i = c, n = pixels.length; i < n; i += channels) pixels[i] = table[pixels[i]!]!;
  }
}

const byteTable = (value: (byte: number) => number): Uint8Array => Uint8Array.from({ length: 256 }, (_, i) => value(i));

/** ImageOps.autocontrast without a cut-off. */
function stretched(histogram: Uint32Array): Uint8Array {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return byteTable((byte) => byte);
  const scale = 255 / (high - low);
  const offset = -low * scale;
  return byteTable((byte) => clip(byte * scale + offset));
}

/** ImageOps.equalize. */
function equalized(histogram: Uint32Array): Uint8Array {
  const last = histogram.findLast((count) => count > 0) ?? 0;
  const step = trunc((histogram.reduce((a, b) => a + b, 0) - last) / 255);
  if (step === 0) return byteTable((byte) => byte);
  let n = trunc(step / 2);
  return byteTable((byte) => {
    const level = Math.min(255, trunc(n / step));
    n += histogram[byte]!;
    return level;
  });
}

function towardsGrey(pixels: Uint8Array, factor: number): void {
  for (let i = 0, n = pixels.length; i < n; i += 3) {
    const grey = luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    for (let c = i; c < i + 3; c++) pixels[c] = blend(grey, pixels[c]!, factor);
  }
}

function sharpen(pixels: Uint8Array, rows: number, columns: number, channels: number, factor: number): void {
  const soft = smooth(pixels, rows, columns, channels);
  for (let i = 0, n = pixels.length; i < n; i++) pixels[i] = blend(soft[i]!, pixels[i]!, factor);
}

type Apply = (pixels: Uint8Array, shape: { rows: number; columns: number; channels: number }, by: number) => void;

const APPLY: Record<Retouch, Apply> = {
  Brightness: (pixels, _, by) => {
    const factor = fround(1 + by);
    through(
      pixels,
      byteTable((byte) => blend(0, byte, factor)),
    );
  },
  Contrast: (pixels, { channels }, by) => {
    const [mean, factor] = [meanLuma(pixels, channels), fround(1 + by)];
    through(
      pixels,
      byteTable((byte) => blend(mean, byte, factor)),
    );
  },
  Color: (pixels, { channels }, by) => {
    if (channels === 3) towardsGrey(pixels, fround(1 + by));
  },
  Sharpness: (pixels, { rows, columns, channels }, by) => sharpen(pixels, rows, columns, channels, fround(1 + by)),
  Posterize: (pixels, _, bits) =>
    through(
      pixels,
      byteTable((byte) => byte & (256 - 2 ** (8 - bits))),
    ),
  Solarize: (pixels, _, from) =>
    through(
      pixels,
      byteTable((byte) => (byte < from ? byte : 255 - byte)),
    ),
  AutoContrast: (pixels, { channels }) => eachThrough(pixels, channels, stretched),
  Equalize: (pixels, { channels }) => eachThrough(pixels, channels, equalized),
};

/** Applies one operation. @param by as in PolicyStep */
export function retouch(
  pixels: Uint8Array,
  rows: number,
  columns: number,
  channels: number,
  op: Retouch,
  by: number,
): void {
  APPLY[op](pixels, { rows, columns, channels }, by);
}
