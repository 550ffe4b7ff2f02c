import type { AugmentationConfig } from '../config/augmentation.ts';
import type { Stream } from '../rng.ts';
import { rotateHue } from './hue.ts';

export type JitterName = 'brightness' | 'contrast' | 'saturation' | 'hue';

/** What changes, in this order; the hue's amount is a part of the circle, the others' a factor. */
export type Jitter = readonly { name: JitterName; by: number }[];

const NAMES: readonly JitterName[] = ['brightness', 'contrast', 'saturation', 'hue'];

/** torchvision's ColorJitter.get_params: each amount uniform in its range, the order random. Null when it does not happen. */
export function drawJitter(config: NonNullable<AugmentationConfig['color_jitter']>, random: Stream): Jitter | null {
  const happens = random.uniform() < config.p;
  const amounts = NAMES.map((name) => {
    const range = config[name];
    const part = random.uniform();
    if (range === 0) return null;
    const middle = name === 'hue' ? 0 : 1;
    const least = name === 'hue' ? -Number(range) : Math.max(0, 1 - Number(range));
    const [low, high] = typeof range === 'number' ? [least, middle + range] : range;
    return { name, by: low + (high - low) * part };
  });
  // Fisher–Yates; one draw each whatever is switched on.
  for (let i = amounts.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [amounts[i], amounts[j]] = [amounts[j]!, amounts[i]!];
  }
  const order = amounts.filter((amount) => amount !== null);
  return happens && order.length > 0 ? order : null;
}

/** ITU-R 601-2 as torchvision's rgb_to_grayscale rounds it. */
const [RED, GREEN, BLUE] = [0.2989, 0.587, 0.114];

const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

function scale(pixels: Float32Array, by: number): void {
  for (let i = 0, n = pixels.length; i < n; i++) pixels[i] = clip(pixels[i]! * by);
}

/** Towards the mean grey of the whole image, or away from it. */
function contrast(pixels: Float32Array, channels: number, by: number): void {
  let sum = 0;
  if (channels === 3) {
    for (let i = 0, n = pixels.length; i < n; i += 3) {
      sum += RED * pixels[i]! + GREEN * pixels[i + 1]! + BLUE * pixels[i + 2]!;
    }
  } else for (let i = 0, n = pixels.length; i < n; i++) sum += pixels[i]!;
  const rest = (1 - by) * (sum / (pixels.length / channels));
  for (let i = 0, n = pixels.length; i < n; i++) pixels[i] = clip(pixels[i]! * by + rest);
}

/** Towards each pixel's own grey, or away from it. */
function saturation(pixels: Float32Array, by: number): void {
  for (let i = 0, n = pixels.length; i < n; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    const rest = (1 - by) * (RED * r + GREEN * g + BLUE * b);
    pixels[i] = clip(r * by + rest);
    pixels[i + 1] = clip(g * by + rest);
    pixels[i + 2] = clip(b * by + rest);
  }
}

/**
 * Applies torchvision's adjust_brightness, adjust_contrast, adjust_saturation and adjust_hue as they are on float images, here with
 * values 0–255 and not rounded in between. Grey images have neither saturation nor hue.
 */
export function jitter(pixels: Float32Array, channels: number, amounts: Jitter): void {
  for (const { name, by } of amounts) {
    if (name === 'brightness') scale(pixels, by);
    else if (name === 'contrast') contrast(pixels, channels, by);
    else if (channels !== 3) continue;
    else if (name === 'saturation') saturation(pixels, by);
    else rotateHue(pixels, by);
  }
}
