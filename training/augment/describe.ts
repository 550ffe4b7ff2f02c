import type { Draw } from './draw.ts';
import type { Mix } from './mix.ts';
import type { PolicyStep } from './policy.ts';

const by = (value: number, digits: number): string => String(Number(Math.abs(value).toFixed(digits)));
const percent = (value: number): string => `${by(value * 100, 0)} %`;

/** `a`, `a and b`, `a, b and c` */
const list = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/**
 * A draw in plain words for a caption, as a person sees it before the mirroring: `turned 23° left, moved 12 px right and 4 px up,
 * 105 % wide and 91 % high, then mirrored`. Amounts too small to see are left out; `unchanged` when nothing is left.
 */
export function describeDraw(draw: Draw): string {
  const words: string[] = [];
  const crop = draw.random_resized_crop;
  if (crop) words.push(`cut to ${crop.width}×${crop.height} px at ${crop.left}, ${crop.top}`);
  const { theta, tx, ty, shear, zx, zy, channel_shift: shift, brightness } = draw;
  if (Math.abs(theta) >= 0.5) words.push(`turned ${by(theta, 0)}° ${theta > 0 ? 'left' : 'right'}`);
  // The map goes from output to input pixels: what is read further right moves left.
  const moved: string[] = [];
  if (Math.abs(tx) >= 0.5) moved.push(`${by(tx, 0)} px ${tx > 0 ? 'left' : 'right'}`);
  if (Math.abs(ty) >= 0.5) moved.push(`${by(ty, 0)} px ${ty > 0 ? 'up' : 'down'}`);
  if (moved.length > 0) words.push(`moved ${list(moved)}`);
  if (Math.abs(shear) >= 0.05) words.push(`slanted ${by(shear, 1)}° ${shear > 0 ? 'left' : 'right'}`);
  const zoomed: string[] = [];
  if (percent(1 / zx) !== '100 %') zoomed.push(`${percent(1 / zx)} wide`);
  if (percent(1 / zy) !== '100 %') zoomed.push(`${percent(1 / zy)} high`);
  if (zoomed.length > 0) words.push(list(zoomed));
  const flips = [...(draw.flip_horizontal ? ['mirrored'] : []), ...(draw.flip_vertical ? ['upside down'] : [])];
  if (flips.length > 0) words.push(`${words.length > 0 ? 'then ' : ''}${list(flips)}`);
  if (shift !== null && Math.abs(shift) >= 0.5) words.push(`every channel ${shift > 0 ? '+' : '−'}${by(shift, 0)}`);
  if (brightness !== null) words.push(`brightness ${percent(brightness)}`);
  words.push(...draw.policy.filter(({ op }) => op !== 'Identity').map(policyWords));
  for (const { name, by: amount } of draw.color_jitter ?? []) {
    words.push(name === 'hue' ? `hue ${signed(amount * 360, 0)}°` : `${name} ${percent(amount)}`);
  }
  if (draw.gaussian_blur) words.push(`blurred by ${by(draw.gaussian_blur.sigma, 1)} px`);
  const erased = draw.random_erasing;
  if (erased) words.push(`${erased.width}×${erased.height} px erased at ${erased.left}, ${erased.top}`);
  return words.length > 0 ? words.join(', ') : 'unchanged';
}

const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${by(value, digits)}`;

/** The operation by its published name, and how much. */
function policyWords({ op, by: amount }: PolicyStep): string {
  switch (op) {
    case 'ShearX':
    case 'ShearY':
      return `${op} ${signed(amount, 2)}`;
    case 'TranslateX':
    case 'TranslateY':
      return `${op} ${signed(amount, 0)} px`;
    case 'Rotate':
      return `${op} ${signed(amount, 0)}°`;
    case 'Posterize':
      return `${op} to ${by(amount, 0)} bits`;
    case 'Solarize':
      return `${op} from ${by(amount, 0)}`;
    case 'Brightness':
    case 'Color':
    case 'Contrast':
    case 'Sharpness':
      return `${op} ${percent(1 + amount)}`;
    default:
      return op;
  }
}

/** What a mix does, for a caption: `mixed with 32 % of cats/0007.jpg`. */
export function describeMix({ share, box }: Mix, partner: string): string {
  const rest = percent(1 - share);
  return box ? `${rest} pasted from ${partner}` : `mixed with ${rest} of ${partner}`;
}
