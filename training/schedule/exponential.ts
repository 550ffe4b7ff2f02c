import type { Schedule } from '../config/schedule.ts';
import { type Span, stepsOf } from './span.ts';

/** Keras's ExponentialDecay: initial · decay_rate ^ (step / decay_steps). */
export function exponentialRate(schedule: Schedule<'exponential'>, step: number, span: Span): number {
  const share = step / stepsOf(schedule.decay_steps, schedule.decay_epochs, span, span.totalSteps);
  return schedule.initial_learning_rate * schedule.decay_rate ** (schedule.staircase ? Math.floor(share) : share);
}
