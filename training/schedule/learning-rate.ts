import type { LearningRate } from '../config/schedule.ts';
import { cosineRate } from './cosine.ts';
import { cosineRestartsRate } from './cosine-restarts.ts';
import { exponentialRate } from './exponential.ts';
import { oneCycleRate } from './one-cycle.ts';
import { polynomialRate } from './polynomial.ts';
import type { PlateauState } from './reduce-on-plateau.ts';
import type { Span } from './span.ts';
import { stepRate } from './step.ts';

/**
 * The learning rate of a step.
 * @param step steps (batches) done before it, as Keras's `optimizer.iterations`; 0 for the first
 * @param plateau where `reduce_on_plateau` stands; the other schedules remember nothing
 */
export function learningRateAt(
  schedule: LearningRate,
  step: number,
  span: Span,
  plateau: PlateauState | null = null,
): number {
  if (typeof schedule === 'number') return schedule;
  switch (schedule.schedule) {
    case 'constant':
      return schedule.initial_learning_rate;
    case 'step':
      return stepRate(schedule, step, span);
    case 'exponential':
      return exponentialRate(schedule, step, span);
    case 'polynomial':
      return polynomialRate(schedule, step, span);
    case 'cosine':
      return cosineRate(schedule, step, span);
    case 'cosine_restarts':
      return cosineRestartsRate(schedule, step, span);
    case 'one_cycle':
      return oneCycleRate(schedule, step, span);
    case 'reduce_on_plateau':
      return plateau?.rate ?? schedule.initial_learning_rate;
  }
}
