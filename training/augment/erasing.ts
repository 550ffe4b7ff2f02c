import type { AugmentationConfig } from '../config/augmentation.ts';
import { philox, type Stream } from '../rng.ts';
import { type Box, drawBox } from './box.ts';

export interface Erasure extends Box {
  /** What stands there, of 0–255: one number a channel, or for noise the key of its stream. */
  value: readonly number[] | { noise: number };
}

/**
 * Random Erasing (Zhong, Zheng, Kang, Li, Yang 2017, algorithm 1) with torchvision's arguments: null when it does not happen, or
 * no rectangle of ten fits. `random` means what it does in the paper: every value uniform in 0 … 255.
 */
export function drawErasure(
  { p, scale, ratio, value }: NonNullable<AugmentationConfig['random_erasing']>,
  size: readonly [number, number],
  random: Stream,
): Erasure | null {
  if (random.uniform() >= p) return null;
  const box = drawBox(random, size, scale, ratio, true, [size[0] - 1, size[1] - 1]);
  if (!box) return null;
  if (value === 'random') return { ...box, value: { noise: random.next() } };
  return { ...box, value: typeof value === 'number' ? [value] : value };
}

/** Fills the rectangle of `pixels` [rows, columns, channels]. @param factor what the values are multiplied by, a float32 */
export function erase(
  pixels: Float32Array,
  columns: number,
  channels: number,
  { top, left, height, width, value }: Erasure,
  factor: number,
): void {
  const row = width * channels;
  const four = new Uint32Array(4);
  const bytes = new Uint8Array(16);
  let drawn = 0;
  for (let y = top; y < top + height; y++) {
    const at = (y * columns + left) * channels;
    if ('noise' in value) {
      for (let i = 0; i < row; i++, drawn++) {
        if (drawn % 16 === 0) {
          philox([drawn / 16, 0, 0, 0], [value.noise, 0], four);
          // Byte by byte, so that the machine's byte order does not decide.
          for (let b = 0; b < 16; b++) bytes[b] = four[b >> 2]! >>> (8 * (b & 3));
        }
        pixels[at + i] = bytes[drawn % 16]! * factor;
      }
    } else
      for (let i = 0; i < row; i++) {
        pixels[at + i] = Math.fround(value[(i % channels) % value.length]!) * factor;
      }
  }
}
