import type { AugmentationConfig } from '../config/augmentation.ts';
import { PURPOSE, type Purpose, type Stream, stream } from '../rng.ts';
import { drawBlur } from './blur.ts';
import type { Box } from './box.ts';
import { drawErasure, type Erasure } from './erasing.ts';
import { drawJitter, type Jitter } from './jitter.ts';
import { LANE } from './lanes.ts';
import { drawRandAugment, drawTrivialAugment, type PolicyStep } from './policy.ts';
import { drawResizedCrop } from './resized-crop.ts';

/** What augmentation does to one image, by ImageDataGenerator's names and then by those of the config's arguments. */
export interface Draw {
  /** Rotation in degrees. */
  theta: number;
  /** Shifts in pixels: `tx` comes from `height_shift_range`, `ty` from `width_shift_range`. */
  tx: number;
  ty: number;
  /** Shear in degrees. */
  shear: number;
  /** Zoom factors of the two axes; 1 leaves it, above 1 shows more (the content gets smaller). */
  zx: number;
  zy: number;
  flip_horizontal: boolean;
  flip_vertical: boolean;
  /** Added to every pixel; null: none. */
  channel_shift: number | null;
  /** Factor; null: none. */
  brightness: number | null;
  /** The part that the image is filled with; null: all of it. */
  random_resized_crop: Box | null;
  /** What TrivialAugment or RandAugment does, one after the other. */
  policy: readonly PolicyStep[];
  color_jitter: Jitter | null;
  /** Size of the kernel and standard deviation, in pixels; null: none. */
  gaussian_blur: { kernel_size: number; sigma: number } | null;
  random_erasing: Erasure | null;
}

/** Fraction of `size` below 1, whole pixels for a whole number, pixels otherwise; of a list, one of its values, ±. */
function shift(range: number | readonly number[], size: number, choice: number, sign: number): number {
  const largest = typeof range === 'number' ? range : Math.max(...range);
  const unit = largest < 1 ? size : 1;
  if (typeof range !== 'number') return range[Math.floor(choice * range.length)]! * (sign < 0.5 ? -1 : 1) * unit;
  if (range >= 1 && Number.isInteger(range)) return Math.floor(choice * range) * (sign < 0.5 ? -1 : 1);
  return range * (2 * choice - 1) * unit;
}

/**
 * The draw of one image: a function of (seed, epoch, index) and of the config alone. Every parameter has its own place in the
 * stream, so switching one on leaves the others' values as they were.
 * @param size rows and columns
 * @param index the image's number in its sorted list, not its place in the shuffled epoch
 */
export function draw(
  config: AugmentationConfig,
  size: readonly [number, number],
  seed: number,
  epoch: number,
  index: number,
  purpose: Purpose = PURPOSE.augmentation,
): Draw {
  const lane = (argument: keyof typeof LANE): Stream => stream(seed, purpose, epoch, index, LANE[argument]);
  const random = lane('generator');
  const symmetric = (range: number) => range * (2 * random.uniform() - 1) || 0;
  const theta = symmetric(config.rotation_range);
  const tx = shift(config.height_shift_range, size[0], random.uniform(), random.uniform()) || 0;
  const ty = shift(config.width_shift_range, size[1], random.uniform(), random.uniform()) || 0;
  const shear = symmetric(config.shear_range);
  const zoom = config.zoom_range;
  const [low, high] = typeof zoom === 'number' ? [1 - zoom, 1 + zoom] : zoom;
  const zx = random.between(low, high);
  const zy = random.between(low, high);
  const flip_horizontal = random.uniform() < 0.5 && config.horizontal_flip;
  const flip_vertical = random.uniform() < 0.5 && config.vertical_flip;
  const intensity = symmetric(config.channel_shift_range);
  const light = random.uniform();
  const range = config.brightness_range;
  return {
    theta,
    tx,
    ty,
    shear,
    zx,
    zy,
    flip_horizontal,
    flip_vertical,
    channel_shift: config.channel_shift_range === 0 ? null : intensity,
    brightness: range === undefined ? null : range[0] + (range[1] - range[0]) * light,
    ...later(config, size, lane),
  };
}

/** The draws of what ImageDataGenerator does not have. */
function later(
  config: AugmentationConfig,
  size: readonly [number, number],
  lane: (argument: keyof typeof LANE) => Stream,
): Pick<Draw, 'random_resized_crop' | 'policy' | 'color_jitter' | 'gaussian_blur' | 'random_erasing'> {
  const {
    random_resized_crop: crop,
    trivial_augment,
    rand_augment,
    color_jitter,
    gaussian_blur,
    random_erasing,
  } = config;
  const sigma = gaussian_blur ? drawBlur(gaussian_blur, lane('gaussian_blur')) : null;
  return {
    random_resized_crop: crop ? drawResizedCrop(crop, size, lane('random_resized_crop')) : null,
    policy: [
      ...(trivial_augment ? drawTrivialAugment(lane('trivial_augment')) : []),
      ...(rand_augment ? drawRandAugment(rand_augment, size, lane('rand_augment')) : []),
    ],
    color_jitter: color_jitter ? drawJitter(color_jitter, lane('color_jitter')) : null,
    gaussian_blur: gaussian_blur && sigma !== null ? { kernel_size: gaussian_blur.kernel_size, sigma } : null,
    random_erasing: random_erasing ? drawErasure(random_erasing, size, lane('random_erasing')) : null,
  };
}

/** The draw that changes nothing. */
export const IDENTITY: Draw = {
  theta: 0,
  tx: 0,
  ty: 0,
  shear: 0,
  zx: 1,
  zy: 1,
  flip_horizontal: false,
  flip_vertical: false,
  channel_shift: null,
  brightness: null,
  random_resized_crop: null,
  policy: [],
  color_jitter: null,
  gaussian_blur: null,
  random_erasing: null,
};
