import * as z from 'zod';

/** Keras's EarlyStopping, by its arguments' names and defaults. */
export const EarlyStoppingConfig = z.strictObject({
  monitor: z.string().default('val_loss').describe('The metric that must go on improving.'),
  min_delta: z.number().min(0).default(0).describe('A smaller change is no improvement.'),
  patience: z.int().min(0).default(0).describe('Epochs without improvement after which training stops.'),
  mode: z
    .enum(['auto', 'min', 'max'])
    .default('auto')
    .describe('Whether lower or higher is better; auto: by the name.'),
  baseline: z.number().optional().describe('Improvements count only once they beat this value.'),
  restore_best_weights: z
    .boolean()
    .default(false)
    .describe('The last checkpoint has the best epoch’s weights. The best one is tested either way.'),
  start_from_epoch: z.int().min(0).default(0).describe('Epochs before this one (the first is 0) are not looked at.'),
});
export type EarlyStoppingConfig = z.output<typeof EarlyStoppingConfig>;

/** What follows a loss that is NaN or infinite. */
export const NanPolicyConfig = z
  .strictObject({
    action: z
      .enum(['fail', 'rollback'])
      .default('fail')
      .describe('`rollback` goes on from the last checkpoint with a lower learning rate.'),
    factor: z.number().gt(0).lt(1).default(0.5).describe('What each rollback multiplies the learning rate by.'),
    max_rollbacks: z.int().min(1).max(100).default(3).describe('After so many the run fails.'),
  })
  .prefault({});
export type NanPolicyConfig = z.output<typeof NanPolicyConfig>;

/** Factors on the loss of each class's images. */
export const ClassWeight = z
  .union([
    z.enum(['auto', 'balanced']),
    z.record(z.string().min(1), z.number().min(0)).describe('A factor for each class by name; 1 for those left out.'),
  ])
  .describe('`balanced` (or `auto`): images / (classes · images of the class), as in scikit-learn.');
export type ClassWeight = z.output<typeof ClassWeight>;
