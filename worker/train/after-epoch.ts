import { earlyStopping } from '@tidemark/training/callbacks/early-stopping';
import type { RunConfig } from '@tidemark/training/config';
import { isMinimised } from '@tidemark/training/monitor';
import { reduceOnPlateau } from '@tidemark/training/schedule/reduce-on-plateau';
import type { Best, Callbacks } from '../checkpoint.ts';

/**
 * What the run's callbacks make of an epoch's values.
 * @param epoch completed epochs, this one included
 * @returns the callbacks' new state
 */
export function afterEpoch(
  { optimizer, early_stopping }: RunConfig,
  before: Callbacks,
  epoch: number,
  values: Readonly<Record<string, number>>,
): Callbacks {
  const after = { ...before };
  const rate = optimizer.learning_rate;
  if (typeof rate === 'object' && rate.schedule === 'reduce_on_plateau' && before.plateau) {
    after.plateau = reduceOnPlateau(rate, before.plateau, values[rate.monitor] ?? Number.NaN);
  }
  if (early_stopping && before.stopping) {
    const value = values[early_stopping.monitor] ?? Number.NaN;
    const { state, stop } = earlyStopping(early_stopping, before.stopping, epoch - 1, value);
    after.stopping = state;
    if (stop) after.stopped = epoch;
  }
  return after;
}

/**
 * Whether the run's own rules may want this epoch's checkpoint, so that one is written whenever the last was. Which values are the
 * best is the server's to say, which has them all: of several bests each epoch's is a candidate.
 */
export const isChosen = ({ keep }: RunConfig['checkpoint'], epoch: number): boolean =>
  keep !== undefined && (keep.best > 1 || (keep.every !== undefined && epoch % keep.every === 0));

/** As Keras's ModelCheckpoint: strictly better, or simply newer without `save_best_only`. A NaN is never better. */
export function isBest(
  { monitor, mode, save_best_only }: RunConfig['checkpoint'],
  best: Best | null,
  values: Readonly<Record<string, number>>,
): boolean {
  const value = values[monitor];
  if (!save_best_only) return true;
  if (value === undefined || Number.isNaN(value)) return false;
  if (!best) return true;
  return isMinimised(monitor, mode) ? value < best.value : value > best.value;
}
