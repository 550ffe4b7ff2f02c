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
  })
  .prefault({});
export type CheckpointConfig = z.output<typeof CheckpointConfig>;
