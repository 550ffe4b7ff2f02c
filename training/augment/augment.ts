import type { AugmentationConfig } from '../config/augmentation.ts';
import { brighten, shiftChannels } from './colour.ts';
import type { Draw } from './draw.ts';
import { affineOf } from './matrix.ts';
import { mirror, resample } from './resample.ts';

/**
 * One image as ImageDataGenerator would change it: affine map, channel shift, flips, brightness.
 * @param pixels [rows, columns, channels] with values 0–255, before `rescale`; left as they are
 * @param out where the result goes; not `pixels` itself
 */
export function augment(
  pixels: Float32Array,
  rows: number,
  columns: number,
  channels: number,
  config: Pick<AugmentationConfig, 'fill_mode' | 'cval'>,
  draw: Draw,
  out: Float32Array = new Float32Array(pixels.length),
): Float32Array {
  const affine = affineOf(draw, rows, columns);
  const image = { data: pixels, rows, columns, channels };
  if (affine) {
    const options = {
      fillMode: config.fill_mode,
      cval: config.cval,
      flipHorizontal: draw.flip_horizontal,
      flipVertical: draw.flip_vertical,
      // Brightness cuts values down to whole numbers, where a rounding of the last bit would show as a whole level.
      precise: draw.brightness !== null,
    };
    resample(image, out, affine, options);
  } else mirror(image, out, draw.flip_horizontal, draw.flip_vertical);
  if (draw.channel_shift !== null) shiftChannels(out, draw.channel_shift);
  if (draw.brightness !== null) brighten(out, draw.brightness);
  return out;
}
