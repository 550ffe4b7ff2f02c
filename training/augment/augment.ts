import type { AugmentationConfig } from '../config/augmentation.ts';
import { blur } from './blur.ts';
import { brighten, shiftChannels } from './colour.ts';
import type { Draw } from './draw.ts';
import { erase } from './erasing.ts';
import { geometryOf, policyAffine } from './geometry.ts';
import { jitter } from './jitter.ts';
import { isMove } from './move.ts';
import { multiply } from './multiply.ts';
import { mirror, resample } from './resample.ts';
import { retouch } from './retouch.ts';

type Fill = Pick<AugmentationConfig, 'fill_mode' | 'cval'>;

/**
 * One image as a draw changes it: crop, ImageDataGenerator's affine map and flips, its channel shift and brightness, the policy's
 * operations, colour jitter, blur, erasing; in this order.
 * @param pixels [rows, columns, channels] with values 0–255, before `rescale`; left as they are
 * @param out where the result goes; not `pixels` itself
 * @param rescale what the result is multiplied by, as a float32
 */
export function augment(
  pixels: Float32Array | Uint8Array,
  rows: number,
  columns: number,
  channels: number,
  config: Fill,
  draw: Draw,
  out: Float32Array = new Float32Array(pixels.length),
  rescale = 1,
): Float32Array {
  const factor = Math.fround(rescale);
  const { affine, flipHorizontal, flipVertical, inside, steps } = geometryOf(draw, rows, columns);
  const { channel_shift, brightness, policy, color_jitter, gaussian_blur, random_erasing } = draw;
  // Where nothing looks at the colours any more, the sampling kernel multiplies.
  const done =
    channel_shift === null && brightness === null && steps === policy.length && !color_jitter && !gaussian_blur;
  const [now, later] = done ? [factor, 1] : [1, factor];
  const image = { data: pixels, rows, columns, channels };
  if (affine) {
    const options = {
      fillMode: inside ? ('nearest' as const) : config.fill_mode,
      cval: config.cval,
      flipHorizontal,
      flipVertical,
      // Brightness cuts values down to whole numbers, where a rounding of the last bit would show as a whole level.
      precise: brightness !== null,
    };
    resample(image, out, affine, options, now);
  } else mirror(image, out, flipHorizontal, flipVertical, now);
  if (channel_shift !== null) shiftChannels(out, channel_shift);
  if (brightness !== null) brighten(out, brightness);
  if (steps < policy.length) applyPolicy(out, rows, columns, channels, config, policy.slice(steps));
  if (color_jitter) jitter(out, channels, color_jitter);
  if (gaussian_blur) blur(out, rows, columns, channels, gaussian_blur.kernel_size, gaussian_blur.sigma);
  if (later !== 1) multiply(out, later);
  if (random_erasing) erase(out, columns, channels, random_erasing, factor);
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
  const bytes = new Uint8ClampedArray(out.length);
  const view = new Uint8Array(bytes.buffer);
  // Where the image stands: in `out`, or in `bytes`.
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
      const data = whole ? view : out.slice();
      if (affine) {
        resample({ data, rows, columns, channels }, out, affine, options);
        whole = false;
      }
      i += moves.length;
    } else {
      if (!whole) bytes.set(out);
      whole = true;
      retouch(view, rows, columns, channels, op, by);
      i++;
    }
  }
  if (whole) out.set(view);
}
