import type { Check } from './check.ts';

/** The weights that can be restored are those of the best checkpoint: one metric must say which that is. */
export const restoredIsBest: Check = ({ early_stopping: stopping, checkpoint }) => {
  if (!stopping?.restore_best_weights) return [];
  const same = stopping.monitor === checkpoint.monitor && stopping.mode === checkpoint.mode;
  if (same && checkpoint.save_best_only) return [];
  return [
    {
      path: ['early_stopping', 'restore_best_weights'],
      message: 'The weights to restore are those of the best checkpoint, which something else chooses here',
      value: true,
      allowed: `\`checkpoint: {monitor: ${stopping.monitor}, mode: ${stopping.mode}, save_best_only: true}\` with it`,
    },
  ];
};
