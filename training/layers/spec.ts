import * as z from 'zod';
import {
  Activation,
  activation,
  common,
  dilationRate,
  initializer,
  kernelSize,
  padding,
  pair,
  positive,
  regularizer,
  side,
  strides,
  trainable,
  useBias,
} from './arguments.ts';

// Layer specs carry Keras's names, defaults and order of arguments, so that a reader of a Keras model recognises every line.

const kernel = {
  kernel_initializer: initializer('glorot_uniform', 'the kernel'),
  bias_initializer: initializer('zeros', 'the bias'),
  kernel_regularizer: regularizer('the kernel'),
  bias_regularizer: regularizer('the bias'),
};
const depthwise = {
  depthwise_initializer: initializer('glorot_uniform', 'the depthwise kernel'),
  depthwise_regularizer: regularizer('the depthwise kernel'),
};
const depthMultiplier = positive.max(1024).default(1).describe('Channels that come out for each channel that goes in.');
const filters = positive.max(8192).describe('Channels that come out.');

export const Conv2D = z.strictObject({
  type: z.literal('Conv2D'),
  ...common,
  filters,
  kernel_size: kernelSize,
  strides,
  padding,
  dilation_rate: dilationRate,
  groups: positive.max(8192).default(1).describe('Channels are cut into so many groups, each with filters of its own.'),
  activation,
  use_bias: useBias,
  ...kernel,
  trainable,
});
export const DepthwiseConv2D = z.strictObject({
  type: z.literal('DepthwiseConv2D'),
  ...common,
  kernel_size: kernelSize,
  strides,
  padding,
  depth_multiplier: depthMultiplier,
  dilation_rate: dilationRate,
  activation,
  use_bias: useBias,
  ...depthwise,
  bias_initializer: kernel.bias_initializer,
  bias_regularizer: kernel.bias_regularizer,
  trainable,
});
export const SeparableConv2D = z.strictObject({
  type: z.literal('SeparableConv2D'),
  ...common,
  filters,
  kernel_size: kernelSize,
  strides,
  padding,
  dilation_rate: dilationRate,
  depth_multiplier: depthMultiplier,
  activation,
  use_bias: useBias,
  ...depthwise,
  pointwise_initializer: initializer('glorot_uniform', 'the pointwise kernel'),
  pointwise_regularizer: regularizer('the pointwise kernel'),
  bias_initializer: kernel.bias_initializer,
  bias_regularizer: kernel.bias_regularizer,
  trainable,
});
export const Conv2DTranspose = z.strictObject({
  type: z.literal('Conv2DTranspose'),
  ...common,
  filters,
  kernel_size: kernelSize,
  strides,
  padding,
  output_padding: z
    .union([z.int().min(0).max(4095), z.tuple([z.int().min(0).max(4095), z.int().min(0).max(4095)])])
    .optional()
    .describe('Rows and columns more at the end, less than strides; by default the size is multiplied by strides.'),
  dilation_rate: dilationRate,
  activation,
  use_bias: useBias,
  ...kernel,
  trainable,
});
const pooling = {
  ...common,
  pool_size: pair.default(2).describe('Rows and columns of the window; one number for both.'),
  strides: pair.optional().describe('How far the window moves each time; its own size when absent.'),
  padding,
};
export const MaxPooling2D = z.strictObject({ type: z.literal('MaxPooling2D'), ...pooling });
export const AveragePooling2D = z.strictObject({ type: z.literal('AveragePooling2D'), ...pooling });
const globalPooling = {
  ...common,
  keepdims: z.boolean().default(false).describe('true: the result stays a map, of one pixel.'),
};
export const GlobalAveragePooling2D = z.strictObject({ type: z.literal('GlobalAveragePooling2D'), ...globalPooling });
export const GlobalMaxPooling2D = z.strictObject({ type: z.literal('GlobalMaxPooling2D'), ...globalPooling });
export const UpSampling2D = z.strictObject({
  type: z.literal('UpSampling2D'),
  ...common,
  size: pair.default(2).describe('Rows and columns are multiplied by it.'),
  interpolation: z.enum(['nearest', 'bilinear']).default('nearest').describe('How pixels between are made.'),
});
const edge = z.int().min(0).max(4096);
export const ZeroPadding2D = z.strictObject({
  type: z.literal('ZeroPadding2D'),
  ...common,
  padding: z
    .union([side, z.tuple([edge, edge]), z.tuple([z.tuple([edge, edge]), z.tuple([edge, edge])])])
    .default(1)
    .describe('Zeros around: one number, [rows, columns], or [[top, bottom], [left, right]].'),
});
export const Flatten = z.strictObject({ type: z.literal('Flatten'), ...common });
const rate = z.number().min(0).lt(1);
export const Dropout = z.strictObject({
  type: z.literal('Dropout'),
  ...common,
  rate: rate.describe('The share of its inputs that each training step sets to 0.'),
});
export const SpatialDropout2D = z.strictObject({
  type: z.literal('SpatialDropout2D'),
  ...common,
  rate: rate.describe('The share of its channels that each training step sets to 0, each as a whole.'),
});
export const Dense = z.strictObject({
  type: z.literal('Dense'),
  ...common,
  units: positive.max(65536).describe('Numbers that come out.'),
  activation,
  use_bias: useBias,
  ...kernel,
  trainable,
});
export const ActivationLayer = z.strictObject({
  type: z.literal('Activation'),
  ...common,
  activation: Activation.describe('The function.'),
});
const factor = z.union([z.number(), z.array(z.number()).min(1).max(8192)]);
export const Rescaling = z.strictObject({
  type: z.literal('Rescaling'),
  ...common,
  scale: factor.describe('Values are multiplied by it: one number, or one a channel.'),
  offset: factor.default(0).describe('Added afterwards: one number, or one a channel.'),
});

const epsilon = z.number().positive().default(1e-3).describe('Keeps the division from 0.');
const affine = {
  center: z.boolean().default(true).describe('Adds a learnt `beta`.'),
  scale: z.boolean().default(true).describe('Multiplies by a learnt `gamma`.'),
  beta_initializer: initializer('zeros', 'beta'),
  gamma_initializer: initializer('ones', 'gamma'),
  trainable,
};
export const BatchNormalization = z.strictObject({
  type: z.literal('BatchNormalization'),
  ...common,
  momentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('How much of the moving mean and variance each step keeps.'),
  epsilon,
  ...affine,
});
export const LayerNormalization = z.strictObject({
  type: z.literal('LayerNormalization'),
  ...common,
  epsilon,
  ...affine,
});
export const GroupNormalization = z.strictObject({
  type: z.literal('GroupNormalization'),
  ...common,
  groups: z
    .union([positive.max(8192), z.literal(-1)])
    .default(32)
    .describe('Channels are cut into so many groups; -1: one a channel.'),
  epsilon,
  ...affine,
});

export const Add = z.strictObject({ type: z.literal('Add'), ...common });
export const Multiply = z.strictObject({ type: z.literal('Multiply'), ...common });
export const Concatenate = z.strictObject({
  type: z.literal('Concatenate'),
  ...common,
  axis: z.literal([-1, 3]).default(-1).describe('Along the channels; no other axis is known.'),
});

/** One layer of a model. The image's shape comes from `data.image_size` and `data.color_mode`. */
export const LayerSpec = z.discriminatedUnion('type', [
  Conv2D,
  DepthwiseConv2D,
  SeparableConv2D,
  Conv2DTranspose,
  MaxPooling2D,
  AveragePooling2D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  UpSampling2D,
  ZeroPadding2D,
  Flatten,
  Dropout,
  SpatialDropout2D,
  Dense,
  ActivationLayer,
  Rescaling,
  BatchNormalization,
  LayerNormalization,
  GroupNormalization,
  Add,
  Multiply,
  Concatenate,
]);
export type LayerSpec = z.output<typeof LayerSpec>;
