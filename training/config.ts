import * as z from 'zod';
import { LayerSpec } from './layers/spec.ts';

const positive = z.int().min(1);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** Where the images are and how they become batches. Names and rules are those of Keras's `flow_from_directory`. */
export const DataConfig = z.strictObject({
  path: z.string().min(1).optional().describe("A folder on the worker's disk. Either this or `dataset`."),
  dataset: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}(@\d+)?$/)
    .optional()
    .describe('A registered dataset: `name` (its newest version) or `name@3`. Either this or `path`.'),
  train: z.string().default('train').describe('Sub-folder with the training images, one folder a class.'),
  validation: z
    .string()
    .optional()
    .describe('Sub-folder with validation images; instead of `validation_split`, or without either none.'),
  test: z.string().optional().describe('Sub-folder with the images that the best checkpoint is tested on at the end.'),
  image_size: z
    .tuple([positive.max(4096), positive.max(4096)])
    .default([180, 180])
    .describe('Rows and columns that every image is resized to.'),
  color_mode: z.enum(['rgb', 'grayscale']).default('rgb').describe('Three channels or one.'),
  class_mode: z
    .enum(['binary', 'categorical'])
    .default('binary')
    .describe('Labels: one number, 0 or 1, for two classes; or one a class.'),
  classes: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe(
      'Names of the class folders; without it the folders found. With it the head is checked before any image is seen.',
    ),
  batch_size: positive
    .max(4096)
    .default(32)
    .describe('Images in an optimizer step; the last of an epoch may have fewer.'),
  validation_split: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe("The first fraction of each class's sorted training files is kept for validation, as in Keras."),
  shuffle: z.boolean().default(true).describe('A new order of the training images in each epoch, by the seed.'),
  max_bad_share: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe('The run fails when more than this share of its images cannot be read.'),
});

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

export const OptimizerConfig = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('RMSprop').default('RMSprop'),
    learning_rate: z.number().positive().default(1e-3).describe('Step size.'),
    rho: z.number().min(0).max(1).default(0.9).describe('How much of the mean of squared gradients each step keeps.'),
    momentum: z.number().min(0).max(1).default(0).describe('How much of the last update each step repeats.'),
    epsilon: z.number().positive().default(1e-7).describe('Keeps the division from 0.'),
    centered: z.boolean().default(false).describe('Divides by the standard deviation instead of the root mean square.'),
  }),
  z.strictObject({
    name: z.literal('Adam'),
    learning_rate: z.number().positive().default(1e-3).describe('Step size.'),
    beta_1: z.number().min(0).lt(1).default(0.9).describe('How much of the mean gradient each step keeps.'),
    beta_2: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .describe('How much of the mean of squared gradients each step keeps.'),
    epsilon: z.number().positive().default(1e-7).describe('Keeps the division from 0.'),
  }),
  z.strictObject({
    name: z.literal('SGD'),
    learning_rate: z.number().positive().default(1e-2).describe('Step size.'),
    momentum: z.number().min(0).max(1).default(0).describe('How much of the last update each step repeats.'),
    nesterov: z.boolean().default(false).describe('Looks ahead along the momentum.'),
  }),
]);
export type OptimizerConfig = z.output<typeof OptimizerConfig>;

export const Preset = z.enum(['convnet', 'convnet-dropout']);

export const Loss = z.enum(['binary_crossentropy', 'categorical_crossentropy']);
export type Loss = z.output<typeof Loss>;

/** A run's whole config, one YAML or JSON document. */
export const RunConfig = z.strictObject({
  // Both may also come from the request that registers the run.
  experiment: z.string().min(1).max(256).optional().describe('The experiment that the run belongs to.'),
  name: z.string().min(1).max(256).optional().describe("The run's name."),
  data: DataConfig,
  rescale: z
    .number()
    .positive()
    .default(1 / 255)
    .describe('Pixel values (0–255) are multiplied by this before they reach the model.'),
  augmentation: AugmentationConfig.prefault({}),
  model: z
    .union([Preset, z.strictObject({ layers: z.array(LayerSpec).min(1).max(200) })])
    .describe("A preset's name, or `layers`: a list of layers with Keras's names and arguments."),
  optimizer: z
    .union([z.enum(['RMSprop', 'Adam', 'SGD']).transform((name) => OptimizerConfig.parse({ name })), OptimizerConfig])
    .prefault('RMSprop')
    .describe("An optimizer's name, or a mapping with its name and arguments."),
  loss: Loss.default('binary_crossentropy').describe('What the optimizer lowers; goes with `data.class_mode`.'),
  epochs: positive.max(100_000).describe('How often training goes through all images.'),
  checkpoint: z
    .strictObject({
      monitor: z
        .string()
        .default('val_loss')
        .describe(
          'The metric that says which epoch is the best; `loss` where no images are held out and nothing is said.',
        ),
      mode: z
        .enum(['auto', 'min', 'max'])
        .default('auto')
        .describe('Whether a lower or a higher value is better; auto: by the name.'),
      save_best_only: z.boolean().default(true).describe('Keep the best and the latest checkpoint only.'),
    })
    .prefault({}),
  seed: seed.default(1).describe('Initial weights, order, augmentation and dropout are functions of it.'),
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']).default('auto').describe('What the worker trains on.'),
  requires: z
    .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/=-]{0,63}$/))
    .max(32)
    .default([])
    .describe('Labels that a worker must have to take this run.'),
  priority: z.int().min(-1000).max(1000).default(0).describe('A queued run with a higher one goes first.'),
  max_retries: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('How often a run that failed by its own error is tried again.'),
});
/** The resolved config: every default filled in. */
export type RunConfig = z.output<typeof RunConfig>;
export type AugmentationConfig = z.output<typeof AugmentationConfig>;
export type DataConfig = z.output<typeof DataConfig>;
