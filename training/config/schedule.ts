import * as z from 'zod';

const rate = z.number().min(0);
const steps = z.int().min(1);
const length = z.number().positive();

/** What several schedules begin with. */
const initial = rate.default(1e-3).describe('The rate of the first step.');
const decay = {
  decay_steps: steps
    .optional()
    .describe('Steps (batches) until the end of the decay; without it and `decay_epochs`: the whole run.'),
  decay_epochs: length.optional().describe('The same in epochs, which may be a fraction.'),
};

/**
 * How the learning rate goes on from step to step. Names, arguments and meaning are those of keras.optimizers.schedules and
 * keras.callbacks.ReduceLROnPlateau, and PyTorch's for OneCycleLR. Steps are batches done so far, so the first step is step 0.
 */
export const ScheduleConfig = z.discriminatedUnion('schedule', [
  z.strictObject({ schedule: z.literal('constant'), initial_learning_rate: initial }),
  z.strictObject({
    schedule: z.literal('step'),
    values: z.array(rate).min(2).max(1000).describe('The rates, one more than boundaries.'),
    boundaries: z
      .array(z.int().min(0))
      .min(1)
      .optional()
      .describe('Steps after which the next value holds: up to and at the first boundary, the first value.'),
    milestones: z.array(length).min(1).optional().describe('Instead of `boundaries`: epochs that begin a new value.'),
  }),
  z.strictObject({
    schedule: z.literal('exponential'),
    initial_learning_rate: initial,
    ...decay,
    decay_rate: z.number().positive().default(0.96).describe('Factor over each stretch of the decay’s length.'),
    staircase: z.boolean().default(false).describe('Change only after each whole stretch.'),
  }),
  z.strictObject({
    schedule: z.literal('polynomial'),
    initial_learning_rate: initial,
    ...decay,
    end_learning_rate: rate.default(1e-4).describe('The rate at the end of the decay.'),
    power: z.number().positive().default(1).describe('1: a straight line.'),
    cycle: z.boolean().default(false).describe('Past the end, start anew over a longer stretch.'),
  }),
  z.strictObject({
    schedule: z.literal('cosine'),
    initial_learning_rate: initial,
    ...decay,
    alpha: z.number().min(0).max(1).default(0).describe('The lowest rate, as a fraction of the highest.'),
    warmup_target: rate.optional().describe('Warm up in a straight line from the initial rate to this one first.'),
    warmup_steps: z.int().min(0).optional().describe('Steps of the warm-up, before the decay’s.'),
    warmup_epochs: z.number().min(0).optional().describe('The same in epochs.'),
  }),
  z.strictObject({
    schedule: z.literal('cosine_restarts'),
    initial_learning_rate: initial,
    first_decay_steps: steps.optional().describe('Steps of the first stretch.'),
    first_decay_epochs: length.optional().describe('The same in epochs.'),
    t_mul: z.number().min(1).default(2).describe('Each stretch is so many times as long as the one before.'),
    m_mul: z
      .number()
      .positive()
      .default(1)
      .describe('Each stretch starts at so many times the rate of the one before.'),
    alpha: z.number().min(0).max(1).default(0).describe('The lowest rate, as a fraction of the initial one.'),
  }),
  z.strictObject({
    schedule: z.literal('one_cycle'),
    max_lr: z.number().positive().default(1e-2).describe('The highest rate.'),
    total_steps: z.int().min(2).optional().describe('Steps of the cycle; the whole run unless given.'),
    pct_start: z.number().gt(0).lt(1).default(0.3).describe('Share of the cycle in which the rate rises.'),
    anneal_strategy: z.enum(['cos', 'linear']).default('cos').describe('The shape of rise and fall.'),
    div_factor: z.number().positive().default(25).describe('The first rate is the highest divided by this.'),
    final_div_factor: z.number().positive().default(1e4).describe('The last rate is the first divided by this.'),
    three_phase: z
      .boolean()
      .default(false)
      .describe('Fall back to the first rate as slowly as it rose, then on to the last.'),
  }),
  z.strictObject({
    schedule: z.literal('reduce_on_plateau'),
    initial_learning_rate: initial,
    monitor: z.string().default('val_loss').describe('The metric that must go on improving.'),
    mode: z
      .enum(['auto', 'min', 'max'])
      .default('auto')
      .describe('Whether lower or higher is better; auto: by the name.'),
    factor: z.number().gt(0).lt(1).default(0.1).describe('What the rate is multiplied by.'),
    patience: z.int().min(0).default(10).describe('Epochs without improvement before that.'),
    min_delta: z.number().min(0).default(1e-4).describe('A smaller change is none.'),
    cooldown: z.int().min(0).default(0).describe('Epochs after a reduction before patience counts again.'),
    min_lr: rate.default(0).describe('The rate never falls below.'),
  }),
]);
export type ScheduleConfig = z.output<typeof ScheduleConfig>;
export type Schedule<Name extends ScheduleConfig['schedule']> = Extract<ScheduleConfig, { schedule: Name }>;

/** An optimizer's `learning_rate`: a number, or a mapping with its `schedule` and arguments. */
export const LearningRate = z.union([z.number().positive(), ScheduleConfig]);
export type LearningRate = z.output<typeof LearningRate>;
