import * as z from 'zod';

const range = z.union([z.number(), z.tuple([z.number(), z.number()])]);
const shiftRange = z.union([z.number().min(0), z.array(z.number()).min(1)]).default(0);

const share = z.number().min(0).max(1);
const odd = z
  .int()
  .min(1)
  .max(255)
  .refine((size) => size % 2 === 1, 'must be odd');
/** How an argument of ColorJitter is written: x means [max(0, 1 − x), 1 + x]. */
const factor = z.union([z.number().min(0), z.tuple([z.number().min(0), z.number().min(0)])]).default(0);
const areas = z.tuple([share, share]);
const ratios = z.tuple([z.number().positive(), z.number().positive()]);

const RandomResizedCrop = z.strictObject({
  scale: areas.default([0.08, 1]).describe('Share of the image that is cut out, least and greatest.'),
  ratio: ratios.default([3 / 4, 4 / 3]).describe('Width over height of what is cut out, least and greatest.'),
});

const RandAugment = z.strictObject({
  num_ops: z.int().min(1).max(16).default(2).describe('Operations in a row.'),
  magnitude: z.int().min(0).default(9).describe('Strength of all of them: a bin, from 0.'),
  num_magnitude_bins: z.int().min(2).max(1000).default(31).describe('Bins that the range of a strength is cut into.'),
});

const ColorJitter = z.strictObject({
  brightness: factor.describe('x: a factor between 1 − x and 1 + x, or [low, high]; 0: left alone.'),
  contrast: factor.describe('The same for contrast.'),
  saturation: factor.describe('The same for saturation.'),
  hue: z
    .union([z.number().min(0).max(0.5), z.tuple([z.number().min(-0.5).max(0.5), z.number().min(-0.5).max(0.5)])])
    .default(0)
    .describe('Turns the hue by up to so much of the whole circle, either way, or by between [low, high].'),
  p: share.default(1).describe('How often it happens.'),
});

const GaussianBlur = z.strictObject({
  kernel_size: odd.describe('Width of the kernel in pixels; odd.'),
  sigma: z
    .union([z.number().positive(), z.tuple([z.number().positive(), z.number().positive()])])
    .default([0.1, 2])
    .describe('Standard deviation in pixels, or [least, greatest].'),
  p: share.default(1).describe('How often it happens.'),
});

const RandomErasing = z.strictObject({
  p: share.default(0.5).describe('How often it happens.'),
  scale: areas.default([0.02, 0.33]).describe('Share of the image that is erased, least and greatest.'),
  ratio: ratios.default([0.3, 3.3]).describe('Height over width of what is erased, least and greatest.'),
  value: z
    .union([z.number(), z.array(z.number()).min(1).max(3), z.literal('random')])
    .default(0)
    .describe('What stands there, of 0–255: a number, one a channel, or `random` for noise.'),
});

const mixing = (alpha: number) =>
  z.strictObject({
    alpha: z.number().positive().default(alpha).describe('The share comes from the distribution Beta(alpha, alpha).'),
    p: share.default(1).describe('How often it happens.'),
  });

/** ImageDataGenerator's arguments, with its meaning to the pixel; then what came after it, by torchvision's names. */
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
  random_resized_crop: RandomResizedCrop.optional().describe('Cuts out a random part and fills the image with it.'),
  trivial_augment: z
    .boolean()
    .default(false)
    .describe('TrivialAugmentWide: one of 14 published operations, with a random strength.'),
  rand_augment: RandAugment.optional().describe('RandAugment: some of 14 published operations, with one strength.'),
  color_jitter: ColorJitter.optional().describe('Changes brightness, contrast, saturation and hue, in random order.'),
  gaussian_blur: GaussianBlur.optional().describe('Blurs.'),
  random_erasing: RandomErasing.optional().describe('Erases a random rectangle.'),
  mixup: mixing(0.2).optional().describe('Blends every image, and its label, with the one before it in the batch.'),
  cutmix: mixing(1)
    .optional()
    .describe('Pastes a part of the image before it in the batch into every image; the label has a share of both.'),
  augment_validation: z
    .boolean()
    .default(false)
    .describe('Augments validation images too, as the published program did; its validation curve then jumps.'),
});

export type AugmentationConfig = z.output<typeof AugmentationConfig>;
