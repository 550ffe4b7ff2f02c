import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Stream } from '../rng.ts';
import { type Box, drawBox } from './box.ts';
import type { Affine } from './matrix.ts';

/**
 * torchvision's RandomResizedCrop.get_params (transforms/transforms.py, 0.14): a random part, or, where ten tries found none
 * that fits, the greatest one in the middle whose aspect is allowed.
 */
export function drawResizedCrop(
  { scale, ratio }: NonNullable<AugmentationConfig['random_resized_crop']>,
  size: readonly [number, number],
  random: Stream,
): Box {
  const box = drawBox(random, size, scale, ratio, false, size);
  if (box) return box;
  const [rows, columns] = size;
  const whole = columns / rows;
  const height = whole < ratio[0] ? Math.min(rows, Math.max(1, Math.round(columns / ratio[0]))) : rows;
  const width = whole > ratio[1] ? Math.min(columns, Math.max(1, Math.round(rows * ratio[1]))) : columns;
  return { top: Math.floor((rows - height) / 2), left: Math.floor((columns - width) / 2), height, width };
}

/** The crop as a map from output to input pixels: a pixel's middle goes to the middle of its share of the box. */
export function cropAffine({ top, left, height, width }: Box, rows: number, columns: number): Affine | null {
  const [rr, cc] = [height / rows, width / columns];
  if (rr === 1 && cc === 1) return null;
  return { rr, rc: 0, r0: top + 0.5 * rr - 0.5, cr: 0, cc, c0: left + 0.5 * cc - 0.5 };
}
