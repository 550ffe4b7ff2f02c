import type { Schedule } from '../config/schedule.ts';
import { type Span, stepsOf } from './span.ts';

/**
 * Keras's CosineDecay (Loshchilov and Hutter, SGDR, arXiv:1608.03983): with a `warmup_target`, a straight line to it over the
 * warm-up's steps; then from there (else from the initial rate) half a cosine down to `alpha` of it.
 */
export function cosineRate(schedule: Schedule<'cosine'>, step: number, span: Span): number {
  const { initial_learning_rate: initial, warmup_target: target, alpha } = schedule;
  const { warmup_steps = Math.round((schedule.warmup_epochs ?? 0) * span.stepsPerEpoch) } = schedule;
  const warmup = target === undefined ? 0 : warmup_steps;
  const decay = stepsOf(schedule.decay_steps, schedule.decay_epochs, span, span.totalSteps - warmup);
  const top = target ?? initial;
  if (step < warmup) return initial + ((top - initial) * step) / warmup;
  const share = Math.min(1, (step - warmup) / decay);
  return top * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * share)) + alpha);
}
