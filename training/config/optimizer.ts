import * as z from 'zod';
import { LearningRate } from './schedule.ts';

const rate = (value: number) =>
  LearningRate.default(value).describe('Step size: a number, or a mapping with a `schedule` and its arguments.');
const beta = (value: number, what: string) =>
  z.number().min(0).lt(1).default(value).describe(`How much of the mean ${what} each step keeps.`);
const momentum = z.number().min(0).max(1).default(0).describe('How much of the last update each step repeats.');
const epsilon = z.number().positive().default(1e-7).describe('Keeps the division from 0.');
const amsgrad = z.boolean().default(false).describe('Divides by the largest mean of squared gradients so far.');
const decay = z.number().min(0).describe('Each step takes this times the learning rate off every weight.');

/** What every optimizer has, as keras.optimizers.Optimizer. */
const common = {
  exclude_from_weight_decay: z
    .array(z.string().min(1))
    .max(64)
    .optional()
    .describe('Weights whose name (`conv2d/bias`) contains one of these words do not decay, such as `bias`.'),
  clipnorm: z.number().positive().optional().describe('Scales each weight’s gradient down to at most this norm.'),
  clipvalue: z.number().positive().optional().describe('Cuts each number of a gradient to at most this size.'),
  global_clipnorm: z
    .number()
    .positive()
    .optional()
    .describe('Scales all gradients together down to at most this norm.'),
  use_ema: z.boolean().default(false).describe('Keeps a moving average of the weights, and evaluates with it.'),
  ema_momentum: z.number().min(0).max(1).default(0.99).describe('How much of the moving average each step keeps.'),
  ema_overwrite_frequency: z
    .int()
    .min(1)
    .optional()
    .describe('Replaces the weights by their moving average after every so many updates.'),
  gradient_accumulation_steps: z
    .int()
    .min(2)
    .max(65536)
    .optional()
    .describe('Updates the weights once in so many batches, by the mean of their gradients.'),
};
const optional = { weight_decay: decay.optional(), ...common };

/** Keras 3's optimizers, with its arguments and defaults (keras/src/optimizers). */
export const OptimizerConfig = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('RMSprop').default('RMSprop'),
    learning_rate: rate(1e-3),
    rho: z.number().min(0).max(1).default(0.9).describe('How much of the mean of squared gradients each step keeps.'),
    momentum,
    epsilon,
    centered: z.boolean().default(false).describe('Divides by the standard deviation instead of the root mean square.'),
    ...optional,
  }),
  z.strictObject({
    name: z.literal('Adam'),
    learning_rate: rate(1e-3),
    beta_1: beta(0.9, 'gradient'),
    beta_2: beta(0.999, 'of squared gradients'),
    epsilon,
    amsgrad,
    ...optional,
  }),
  z.strictObject({
    name: z.literal('AdamW'),
    learning_rate: rate(1e-3),
    weight_decay: decay.default(4e-3),
    beta_1: beta(0.9, 'gradient'),
    beta_2: beta(0.999, 'of squared gradients'),
    epsilon,
    amsgrad,
    ...common,
  }),
  z.strictObject({
    name: z.literal('SGD'),
    learning_rate: rate(1e-2),
    momentum,
    nesterov: z.boolean().default(false).describe('Looks ahead along the momentum.'),
    ...optional,
  }),
  z.strictObject({
    name: z.literal('Lion'),
    learning_rate: rate(1e-3),
    beta_1: z
      .number()
      .gt(0)
      .max(1)
      .default(0.9)
      .describe('Weight of the mean gradient beside the new one, in the sign that is stepped along.'),
    beta_2: beta(0.99, 'gradient'),
    ...optional,
  }),
]);
export type OptimizerConfig = z.output<typeof OptimizerConfig>;

const OptimizerName = z.enum(['RMSprop', 'Adam', 'AdamW', 'SGD', 'Lion']);

export const OptimizerChoice = z
  .union([OptimizerName.transform((name) => OptimizerConfig.parse({ name })), OptimizerConfig])
  .prefault('RMSprop')
  .describe("An optimizer's name, or a mapping with its name and arguments.");
