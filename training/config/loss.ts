import * as z from 'zod';

const smoothing = z
  .number()
  .min(0)
  .max(1)
  .default(0)
  .describe('How far labels are drawn from 0 and 1 towards the even share of their outputs.');

const gamma = z
  .number()
  .min(0)
  .default(2)
  .describe('How much less easy images count: their loss times (1 − probability) to this power.');

/** A loss with Keras's name, arguments and defaults (keras/src/losses). */
export const Loss = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('binary_crossentropy'), label_smoothing: smoothing }),
  z.strictObject({ name: z.literal('categorical_crossentropy'), label_smoothing: smoothing }),
  z.strictObject({
    name: z.literal('binary_focal_crossentropy'),
    apply_class_balancing: z.boolean().default(false).describe('Weighs ones by alpha and zeros by 1 − alpha.'),
    alpha: z.number().min(0).max(1).default(0.25).describe('Weight of the ones, with apply_class_balancing.'),
    gamma,
    label_smoothing: smoothing,
  }),
  z.strictObject({
    name: z.literal('categorical_focal_crossentropy'),
    alpha: z.number().positive().default(0.25).describe('Factor of the whole loss.'),
    gamma,
    label_smoothing: smoothing,
  }),
  z.strictObject({ name: z.literal('mean_squared_error') }),
  z.strictObject({ name: z.literal('mean_absolute_error') }),
  z.strictObject({
    name: z.literal('huber'),
    delta: z.number().positive().default(1).describe('Errors above it count by their size, not by their square.'),
  }),
]);
export type Loss = z.output<typeof Loss>;

export const LossName = z.enum(Loss.options.map((option) => option.shape.name.value));
export type LossName = z.output<typeof LossName>;

/** As a config has it: a name stays a name. */
export const LossChoice = z.union([LossName, Loss]);
export type LossChoice = z.output<typeof LossChoice>;

/** A config's loss with all its arguments. */
export const lossOf = (choice: LossChoice): Loss =>
  typeof choice === 'string' ? Loss.parse({ name: choice }) : choice;
