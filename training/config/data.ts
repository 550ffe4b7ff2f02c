import * as z from 'zod';

const positive = z.int().min(1);

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
    .enum(['binary', 'categorical', 'multi_label', 'regression'])
    .default('binary')
    .describe(
      'Labels: one number, 0 or 1, for two classes; or one a class. From a labels file: a 0 or 1 for each of several labels; or any numbers.',
    ),
  labels: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Of `multi_label` and `regression`: the CSV file in each set’s folder with a `filename` column and one a label; `labels.csv` unless given.',
    ),
  classes: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      'Names of the class folders, or of the labels file’s columns; without it those found. With it the head is checked before any image is seen.',
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

export type DataConfig = z.output<typeof DataConfig>;
