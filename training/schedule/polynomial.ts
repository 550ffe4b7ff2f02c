import type { Schedule } from '../config/schedule.ts';
import { type Span, stepsOf } from './span.ts';

/**
 * Keras's PolynomialDecay: (initial − end) · (1 − step / decay_steps) ^ power + end. With `cycle`, decay_steps is the least
 * multiple of itself that is not below the step.
 */
export function polynomialRate(schedule: Schedule<'polynomial'>, step: number, span: Span): number {
  const { initial_learning_rate: initial, end_learning_rate: end, power, cycle } = schedule;
  const once = stepsOf(schedule.decay_steps, schedule.decay_epochs, span, span.totalSteps);
  const length = cycle ? once * Math.max(1, Math.ceil(step / once)) : once;
  return (initial - end) * (1 - Math.min(step, length) / length) ** power + end;
}
