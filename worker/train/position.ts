import { stoppingStart } from '@tidemark/training/callbacks/early-stopping';
import type { RunConfig } from '@tidemark/training/config';
import { plateauStart } from '@tidemark/training/schedule/reduce-on-plateau';
import type { Checkpoint, Position, Sums } from '../checkpoint.ts';
import type { ModelState } from '../engine/engine.ts';

const noSums = (): Sums => ({ loss: 0, count: 0, metrics: [] });

/** Where a run begins. */
export function start({ optimizer, early_stopping }: RunConfig): Position {
  const rate = optimizer.learning_rate;
  const plateau = typeof rate === 'object' && rate.schedule === 'reduce_on_plateau' ? plateauStart(rate) : null;
  const stopping = early_stopping ? stoppingStart : null;
  const callbacks = { plateau, stopping, stopped: null, rollbacks: 0 };
  return { step: 0, epoch: 0, batch: 0, sums: noSums(), best: null, callbacks };
}

/** The weights of a checkpoint, for a session. */
export const stateOf = ({ step, tensors }: Checkpoint): ModelState => ({ step, tensors });

/** A position's fields of a checkpoint. */
export const positionOf = ({ step, epoch, batch, sums, best, callbacks }: Checkpoint): Position => ({
  step,
  epoch,
  batch,
  sums,
  best,
  callbacks,
});
