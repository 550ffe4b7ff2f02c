import type { Schedule } from '../config/schedule.ts';
import { type Span, stepsOf } from './span.ts';

/**
 * Keras's CosineDecayRestarts (SGDR, arXiv:1608.03983): half a cosine, then again and again, each stretch `t_mul` times as long
 * and from `m_mul` times as high. Stretches are counted one by one: a logarithm, as in Keras, is off by one at their very ends.
 */
export function cosineRestartsRate(schedule: Schedule<'cosine_restarts'>, step: number, span: Span): number {
  const { initial_learning_rate: initial, t_mul, m_mul, alpha } = schedule;
  const first = stepsOf(schedule.first_decay_steps, schedule.first_decay_epochs, span, span.totalSteps);
  let [left, length, height] = [step, first, 1];
  if (t_mul === 1) {
    height = m_mul ** Math.floor(step / first);
    left = step % first;
  } else {
    while (left >= length) {
      left -= length;
      length *= t_mul;
      height *= m_mul;
    }
  }
  return initial * ((1 - alpha) * 0.5 * height * (1 + Math.cos((Math.PI * left) / length)) + alpha);
}
