import * as z from 'zod';

const range = z.union([z.number(), z.tuple([z.number(), z.number()])]);
const shiftRange = z.union([z.number().min(0), z.array(z.number()).min(1)]).default(0);

/** ImageDataGenerator's arguments, with its meaning to the pixel. */
export const AugmentationConfig = z.strictObject({
  rotation_range: z.number().min(0).max(360).default(0).describe('Turns by up to so many degrees, either way.'),
  width_shift_range: shiftRange.describe(
    'Moves by up to this fraction of the size (below 1) or so many pixels (from 1), either way; of a list, by one of its values.',
  ),
  height_shift_range: shiftRange.describe('The same along the other axis.'),
  shear_range: z.number().min(0).max(90).default(0).describe('Slants by up to so many degrees, either way.'),
  zoom_range: range
    .default(0)
    .describe('z: zooms by a factor between 1−z and 1+z; or [low, high]. Each axis has its own factor.'),
  channel_shift_range: z
    .number()
    .min(0)
    .default(0)
    .describe('Adds up to so much to every channel, either way, of 0–255.'),
  brightness_range: z
    .tuple([z.number().min(0), z.number().min(0)])
    .optional()
    .describe('Multiplies the pixels by a factor between the two.'),
  horizontal_flip: z.boolean().default(false).describe('Mirrors every other image, by chance, left to right.'),
  vertical_flip: z.boolean().default(false).describe('Turns every other image, by chance, upside down.'),
  fill_mode: z
    .enum(['nearest', 'reflect', 'wrap', 'constant'])
    .default('nearest')
    .describe('What stands where the moved image leaves a gap.'),
  cval: z.number().default(0).describe('The value of `fill_mode: constant`, of 0–255.'),
  augment_validation: z
    .boolean()
    .default(false)
    .describe('Augments validation images too, as the published program did; its validation curve then jumps.'),
});

export type AugmentationConfig = z.output<typeof AugmentationConfig>;
