import * as z from 'zod';

// Layer specs carry Keras's names, defaults and order of arguments, so that a reader of a Keras model recognises every line.

const positive = z.int().min(1);
const pair = z.union([positive, z.tuple([positive, positive])]);
const layerName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/)
  .optional();

export const Activation = z.enum(['linear', 'relu', 'sigmoid', 'softmax']);
export const Padding = z.enum(['valid', 'same']);

export const Conv2D = z.strictObject({
  type: z.literal('Conv2D'),
  name: layerName,
  filters: positive.max(8192),
  kernel_size: pair,
  strides: pair.default(1),
  padding: Padding.default('valid'),
  activation: Activation.default('linear'),
  use_bias: z.boolean().default(true),
});
const pooling = {
  name: layerName,
  pool_size: pair.default(2),
  strides: pair.optional(), // Keras: pool_size when absent
  padding: Padding.default('valid'),
};
export const MaxPooling2D = z.strictObject({ type: z.literal('MaxPooling2D'), ...pooling });
export const AveragePooling2D = z.strictObject({ type: z.literal('AveragePooling2D'), ...pooling });
export const GlobalAveragePooling2D = z.strictObject({ type: z.literal('GlobalAveragePooling2D'), name: layerName });
export const Flatten = z.strictObject({ type: z.literal('Flatten'), name: layerName });
export const Dropout = z.strictObject({ type: z.literal('Dropout'), name: layerName, rate: z.number().min(0).lt(1) });
export const Dense = z.strictObject({
  type: z.literal('Dense'),
  name: layerName,
  units: positive.max(65536),
  activation: Activation.default('linear'),
  use_bias: z.boolean().default(true),
});
export const ActivationLayer = z.strictObject({
  type: z.literal('Activation'),
  name: layerName,
  activation: Activation,
});
export const BatchNormalization = z.strictObject({
  type: z.literal('BatchNormalization'),
  name: layerName,
  momentum: z.number().min(0).max(1).default(0.99),
  epsilon: z.number().positive().default(1e-3),
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
