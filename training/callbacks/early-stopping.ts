import type { EarlyStoppingConfig } from '../config/callbacks.ts';
import { improves } from '../schedule/improves.ts';

/** What Keras's EarlyStopping remembers from epoch to epoch. */
export interface StoppingState {
  best: number | null;
  /** Completed epochs at the best value; 0 before there is one. */
  bestEpoch: number;
  wait: number;
}

export const stoppingStart: StoppingState = { best: null, bestEpoch: 0, wait: 0 };

/**
 * The state after an epoch, and whether to stop (keras/src/callbacks/early_stopping.py).
 * @param epoch of the value, counted from 0
 */
export function earlyStopping(
  config: EarlyStoppingConfig,
  before: StoppingState,
  epoch: number,
  value: number,
): { state: StoppingState; stop: boolean } {
  if (epoch < config.start_from_epoch) return { state: before, stop: false };
  const state = { ...before, wait: before.wait + 1 };
  if (improves(config, value, state.best)) {
    state.best = value;
    state.bestEpoch = epoch + 1;
    // Patience starts anew only for a value that also beats the baseline.
    if (config.baseline === undefined || improves(config, value, config.baseline)) state.wait = 0;
    return { state, stop: false };
  }
  return { state, stop: state.wait >= config.patience && epoch > 0 };
}
