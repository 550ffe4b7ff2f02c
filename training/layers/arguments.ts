import * as z from 'zod';

// Arguments that several layers share.

export const positive = z.int().min(1);
export const side = positive.max(4096);
export const pair = z.union([side, z.tuple([side, side])]);

/** What the image is called in `inputs`. */
export const IMAGE = 'input';

export const layerName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/);

/** What every layer has. */
export const common = {
  name: layerName.optional().describe('Its own name; otherwise the type, numbered.'),
  inputs: z
    .union([layerName, z.array(layerName).min(1).max(64)])
    .optional()
    .describe(
      `Names of the earlier layers that it reads, or \`${IMAGE}\` for the image; the layer before it when absent.`,
    ),
};

export const trainable = z
  .boolean()
  .default(true)
  .describe('false: its weights stay as they are, and BatchNormalization keeps to its moving statistics.');

/** Keras's functions by their Keras names; leaky_relu has its default slope of 0.2, gelu is the exact one. */
export const Activation = z.enum([
  'linear',
  'relu',
  'relu6',
  'leaky_relu',
  'elu',
  'gelu',
  'silu',
  'hard_swish',
  'softmax',
  'sigmoid',
  'tanh',
]);
export type Activation = z.output<typeof Activation>;

export const activation = Activation.default('linear').describe('Applied to what comes out.');
export const Padding = z.enum(['valid', 'same']);
export const padding = Padding.default('valid').describe(
  'valid: the window stays inside; same: zeros around, so that the size stays (÷ strides).',
);
export const kernelSize = pair.describe('Rows and columns of the window; one number for both.');
export const strides = pair.default(1).describe('How far the window moves each time.');
export const dilationRate = pair.default(1).describe('How far apart the pixels under a window are; not with strides.');
export const useBias = z.boolean().default(true).describe('Adds a learnt number to each output.');

const normal = {
  mean: z.number().default(0).describe('The mean.'),
  stddev: z
    .number()
    .min(0)
    .default(0.05)
    .describe('The standard deviation, before values beyond two of it are drawn anew.'),
};

/** Keras's initial values, by name with their default arguments, or with arguments of one's own. */
export const Initializer = z.union([
  z.enum([
    'zeros',
    'ones',
    'glorot_uniform',
    'glorot_normal',
    'he_uniform',
    'he_normal',
    'lecun_uniform',
    'lecun_normal',
    'random_uniform',
    'random_normal',
    'truncated_normal',
  ]),
  z.strictObject({ name: z.literal('constant'), value: z.number().describe('Every number.') }),
  z.strictObject({
    name: z.literal('random_uniform'),
    minval: z.number().default(-0.05).describe('The least.'),
    maxval: z.number().default(0.05).describe('The most.'),
  }),
  z.strictObject({ name: z.literal('random_normal'), ...normal }),
  z.strictObject({ name: z.literal('truncated_normal'), ...normal }),
  z.strictObject({
    name: z.literal('variance_scaling'),
    scale: z.number().positive().default(1).describe('The variance is this, divided by `mode`.'),
    mode: z
      .enum(['fan_in', 'fan_out', 'fan_avg'])
      .default('fan_in')
      .describe('Numbers that go in, or come out, or their mean.'),
    distribution: z
      .enum(['truncated_normal', 'untruncated_normal', 'uniform'])
      .default('truncated_normal')
      .describe('What is drawn from.'),
  }),
]);
export type Initializer = z.output<typeof Initializer>;

export const initializer = (value: 'zeros' | 'ones' | 'glorot_uniform', what: string) =>
  Initializer.default(value).describe(`Initial values of ${what}.`);

/** Keras's L1L2: l1 · Σ|w| + l2 · Σw² is added to the loss. */
export const Regularizer = z.strictObject({
  l1: z.number().min(0).default(0).describe('Times the sum of absolute values.'),
  l2: z.number().min(0).default(0).describe('Times the sum of squares.'),
});
export type Regularizer = z.output<typeof Regularizer>;

export const regularizer = (what: string) =>
  Regularizer.optional().describe(`A penalty on ${what}, added to the loss: \`{l2: 0.0001}\`, \`{l1: …}\`, or both.`);
