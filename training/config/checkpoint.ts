import * as z from 'zod';

export const CheckpointConfig = z
  .strictObject({
    monitor: z
      .string()
      .default('val_loss')
      .describe(
        'The metric that says which epoch is the best; `loss` where no images are held out and nothing is said.',
      ),
    mode: z
      .enum(['auto', 'min', 'max'])
      .default('auto')
      .describe('Whether a lower or a higher value is better; auto: by the name.'),
    save_best_only: z.boolean().default(true).describe('Keep the best and the latest checkpoint only.'),
    keep: z
      .strictObject({
        best: z.int().min(1).max(1000).default(1).describe('So many with the best values of the monitor.'),
        last: z.int().min(1).max(1000).default(2).describe('So many of the newest.'),
        every: z.int().min(1).max(100_000).optional().describe('Those of every so many epochs.'),
      })
      .optional()
      .describe('Which checkpoints stay; without it the best one and the two newest.'),
  })
  .prefault({});
export type CheckpointConfig = z.output<typeof CheckpointConfig>;
