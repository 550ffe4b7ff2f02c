import type { AugmentationConfig } from '../config/augmentation.ts';
import { blur } from './blur.ts';
import { brighten, shiftChannels } from './colour.ts';
import type { Draw } from './draw.ts';
import { erase } from './erasing.ts';
import { geometryOf, policyAffine } from './geometry.ts';
import { jitter } from './jitter.ts';
import { isMove } from './move.ts';
import { mirror, resample } from './resample.ts';
import { retouch, toBytes } from './retouch.ts';

type Fill = Pick<AugmentationConfig, 'fill_mode' | 'cval'>;

/**
 * One image as a draw changes it: crop, ImageDataGenerator's affine map and flips, its channel shift and brightness, the policy's
 * operations, colour jitter, blur, erasing; in this order.
 * @param pixels [rows, columns, channels] with values 0–255, before `rescale`; left as they are
 * @param out where the result goes; not `pixels` itself
 */
export function augment(
  pixels: Float32Array | Uint8Array,
  rows: number,
  columns: number,
  channels: number,
  config: Fill,
  draw: Draw,
  out: Float32Array = new Float32Array(pixels.length),
): Float32Array {
  const { affine, flipHorizontal, flipVertical, inside, steps } = geometryOf(draw, rows, columns);
  const image = { data: pixels, rows, columns, channels };
  if (affine) {
    const options = {
      fillMode: inside ? ('nearest' as const) : config.fill_mode,
      cval: config.cval,
      flipHorizontal,
      flipVertical,
      // Brightness cuts values down to whole numbers, where a rounding of the last bit would show as a whole level.
      precise: draw.brightness !== null,
    };
    resample(image, out, affine, options);
  } else mirror(image, out, flipHorizontal, flipVertical);
  if (draw.channel_shift !== null) shiftChannels(out, draw.channel_shift);
  if (draw.brightness !== null) brighten(out, draw.brightness);
  if (steps < draw.policy.length) applyPolicy(out, rows, columns, channels, config, draw.policy.slice(steps));
  if (draw.color_jitter) jitter(out, channels, draw.color_jitter);
  if (draw.gaussian_blur) {
    blur(out, rows, columns, channels, draw.gaussian_blur.kernel_size, draw.gaussian_blur.sigma);
  }
  if (draw.random_erasing) erase(out, columns, channels, draw.random_erasing);
  return out;
}

/** The rest of a policy, in place. Moves that follow each other are one map; colours change on whole numbers. */
function applyPolicy(
  out: Float32Array,
  rows: number,
  columns: number,
  channels: number,
  { fill_mode: fillMode, cval }: Fill,
  policy: Draw['policy'],
): void {
  let whole = false;
  for (let i = 0; i < policy.length; ) {
    const { op, by } = policy[i]!;
    if (op === 'Identity') i++;
    else if (isMove(op)) {
      const rest = policy.slice(i);
      const other = rest.findIndex((step) => step.op !== 'Identity' && !isMove(step.op));
      const moves = other < 0 ? rest : rest.slice(0, other);
      const affine = policyAffine(moves, rows, columns);
      const options = { fillMode, cval, flipHorizontal: false, flipVertical: false, precise: false };
      if (affine) resample({ data: out.slice(), rows, columns, channels }, out, affine, options);
      whole = false;
      i += moves.length;
    } else {
      if (!whole) toBytes(out);
      whole = true;
      retouch(out, rows, columns, channels, op, by);
      i++;
    }
  }
}
