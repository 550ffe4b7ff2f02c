import * as z from 'zod';

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

export const OptimizerChoice = z
  .union([z.enum(['RMSprop', 'Adam', 'SGD']).transform((name) => OptimizerConfig.parse({ name })), OptimizerConfig])
  .prefault('RMSprop')
  .describe("An optimizer's name, or a mapping with its name and arguments.");
