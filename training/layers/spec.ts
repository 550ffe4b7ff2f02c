import * as z from 'zod';

// Layer specs carry Keras's names, defaults and order of arguments, so that a reader of a Keras model recognises every line.

const positive = z.int().min(1);
const side = positive.max(4096);
const pair = z.union([side, z.tuple([side, side])]);
const layerName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/)
  .optional()
  .describe('Its own name; otherwise the type, numbered.');

export const Activation = z.enum(['linear', 'relu', 'sigmoid', 'softmax']);
export const Padding = z.enum(['valid', 'same']);

export const Conv2D = z.strictObject({
  type: z.literal('Conv2D'),
  name: layerName,
  filters: positive.max(8192).describe('Channels that come out.'),
  kernel_size: pair.describe('Rows and columns of the window; one number for both.'),
  strides: pair.default(1).describe('How far the window moves each time.'),
  padding: Padding.default('valid').describe(
    'valid: the window stays inside; same: zeros around, so that the size stays (÷ strides).',
  ),
  activation: Activation.default('linear').describe('Applied to what comes out.'),
  use_bias: z.boolean().default(true).describe('Adds a learnt number to each output.'),
});
const pooling = {
  name: layerName,
  pool_size: pair.default(2).describe('Rows and columns of the window; one number for both.'),
  strides: pair.optional().describe('How far the window moves each time; its own size when absent.'),
  padding: Padding.default('valid').describe(
    'valid: the window stays inside; same: zeros around, so that the size stays (÷ strides).',
  ),
};
export const MaxPooling2D = z.strictObject({ type: z.literal('MaxPooling2D'), ...pooling });
export const AveragePooling2D = z.strictObject({ type: z.literal('AveragePooling2D'), ...pooling });
export const GlobalAveragePooling2D = z.strictObject({ type: z.literal('GlobalAveragePooling2D'), name: layerName });
export const Flatten = z.strictObject({ type: z.literal('Flatten'), name: layerName });
export const Dropout = z.strictObject({
  type: z.literal('Dropout'),
  name: layerName,
  rate: z.number().min(0).lt(1).describe('The share of its inputs that each training step sets to 0.'),
});
export const Dense = z.strictObject({
  type: z.literal('Dense'),
  name: layerName,
  units: positive.max(65536).describe('Numbers that come out.'),
  activation: Activation.default('linear').describe('Applied to what comes out.'),
  use_bias: z.boolean().default(true).describe('Adds a learnt number to each output.'),
});
export const ActivationLayer = z.strictObject({
  type: z.literal('Activation'),
  name: layerName,
  activation: Activation.describe('The function.'),
});
export const BatchNormalization = z.strictObject({
  type: z.literal('BatchNormalization'),
  name: layerName,
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('How much of the moving mean and variance each step keeps.'),
  epsilon: z.number().positive().default(1e-3).describe('Keeps the division from 0.'),
});

/** One layer of a sequential model. The input shape comes from `data.image_size` and `data.color_mode`. */
export const LayerSpec = z.discriminatedUnion('type', [
  Conv2D,
  MaxPooling2D,
  AveragePooling2D,
  GlobalAveragePooling2D,
  Flatten,
  Dropout,
  Dense,
  ActivationLayer,
  BatchNormalization,
]);
export type LayerSpec = z.output<typeof LayerSpec>;
