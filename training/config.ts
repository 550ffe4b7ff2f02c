import * as z from 'zod';
import { LayerSpec } from './layers/spec.ts';

const positive = z.int().min(1);
const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** Where the images are and how they become batches. Names and rules are those of Keras's `flow_from_directory`. */
export const DataConfig = z.strictObject({
  /** A folder on the worker's disk … */
  path: z.string().min(1).optional(),
  /** … or a registered dataset, `name` (its newest version) or `name@3`. Exactly one of the two. */
  dataset: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}(@\d+)?$/)
    .optional(),
  /** Sub-folders of it, each with one folder a class. */
  train: z.string().default('train'),
  validation: z.string().optional(),
  test: z.string().optional(),
  image_size: z.tuple([positive.max(4096), positive.max(4096)]).default([180, 180]),
  color_mode: z.enum(['rgb', 'grayscale']).default('rgb'),
  class_mode: z.enum(['binary', 'categorical']).default('binary'),
  /** Needed only for a categorical head's size check before the folder was seen; otherwise the folders say it. */
  classes: z.array(z.string().min(1)).min(2).optional(),
  batch_size: positive.max(4096).default(32),
  /** The first fraction of each class's sorted files, as in Keras. */
  validation_split: z.number().min(0).lt(1).default(0),
  shuffle: z.boolean().default(true),
  /** A run fails when more than this share of its images cannot be read. */
  max_bad_share: z.number().min(0).max(1).default(0.01),
});

const range = z.union([z.number(), z.tuple([z.number(), z.number()])]);

/** ImageDataGenerator's arguments, with its meaning to the pixel. */
export const AugmentationConfig = z.strictObject({
  rotation_range: z.number().min(0).max(360).default(0),
  width_shift_range: z.union([z.number(), z.array(z.number()).min(1)]).default(0),
  height_shift_range: z.union([z.number(), z.array(z.number()).min(1)]).default(0),
  shear_range: z.number().min(0).max(90).default(0),
  zoom_range: range.default(0),
  channel_shift_range: z.number().min(0).default(0),
  brightness_range: z.tuple([z.number().min(0), z.number().min(0)]).optional(),
  horizontal_flip: z.boolean().default(false),
  vertical_flip: z.boolean().default(false),
  fill_mode: z.enum(['nearest', 'reflect', 'wrap', 'constant']).default('nearest'),
  cval: z.number().default(0),
  augment_validation: z.boolean().default(false),
});

export const OptimizerConfig = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('RMSprop'),
    learning_rate: z.number().positive().default(1e-3),
    rho: z.number().min(0).max(1).default(0.9),
    momentum: z.number().min(0).max(1).default(0),
    epsilon: z.number().positive().default(1e-7),
    centered: z.boolean().default(false),
  }),
  z.strictObject({
    name: z.literal('Adam'),
    learning_rate: z.number().positive().default(1e-3),
    beta_1: z.number().min(0).lt(1).default(0.9),
    beta_2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-7),
  }),
  z.strictObject({
    name: z.literal('SGD'),
    learning_rate: z.number().positive().default(1e-2),
    momentum: z.number().min(0).max(1).default(0),
    nesterov: z.boolean().default(false),
  }),
]);
export type OptimizerConfig = z.output<typeof OptimizerConfig>;

export const Preset = z.enum(['convnet', 'convnet-dropout']);

export const Loss = z.enum(['binary_crossentropy', 'categorical_crossentropy']);
export type Loss = z.output<typeof Loss>;

/** A run's whole config, one YAML or JSON document. */
export const RunConfig = z.strictObject({
  /** Experiment and run name; both may also come from the request that registers the run. */
  experiment: z.string().min(1).max(256).optional(),
  name: z.string().min(1).max(256).optional(),
  data: DataConfig,
  /** Pixel values are multiplied by this before they reach the model. */
  rescale: z
    .number()
    .positive()
    .default(1 / 255),
  augmentation: AugmentationConfig.prefault({}),
  /** A preset's name, or a list of layers. */
  model: z.union([Preset, z.strictObject({ layers: z.array(LayerSpec).min(1).max(200) })]),
  optimizer: z
    .union([z.enum(['RMSprop', 'Adam', 'SGD']).transform((name) => OptimizerConfig.parse({ name })), OptimizerConfig])
    .prefault('RMSprop'),
  loss: Loss.default('binary_crossentropy'),
  epochs: positive.max(100_000),
  checkpoint: z
    .strictObject({
      monitor: z.string().default('val_loss'),
      mode: z.enum(['auto', 'min', 'max']).default('auto'),
      save_best_only: z.boolean().default(true),
    })
    .prefault({}),
  seed: seed.default(1),
  device: z.enum(['auto', 'cpu', 'webgpu', 'cuda']).default('auto'),
  /** Labels a worker must have to take this run. */
  requires: z
    .array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/=-]{0,63}$/))
    .max(32)
    .default([]),
  /** Higher goes first. */
  priority: z.int().min(-1000).max(1000).default(0),
  /** How often a run that failed by its own error is tried again. */
  max_retries: z.int().min(0).max(100).default(0),
});
/** The resolved config: every default filled in. */
export type RunConfig = z.output<typeof RunConfig>;
export type AugmentationConfig = z.output<typeof AugmentationConfig>;
export type DataConfig = z.output<typeof DataConfig>;
