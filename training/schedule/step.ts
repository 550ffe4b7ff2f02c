import type { Schedule } from '../config/schedule.ts';
import type { Span } from './span.ts';

/**
 * Piecewise constant. `boundaries` as Keras's PiecewiseConstantDecay: the first value holds up to and at the first boundary.
 * `milestones` as PyTorch's MultiStepLR, in epochs: the next value holds from the milestone's first step on.
 */
export function stepRate({ values, boundaries, milestones }: Schedule<'step'>, step: number, span: Span): number {
  const passed = boundaries
    ? boundaries.filter((boundary) => step > boundary).length
    : (milestones ?? []).filter((epoch) => step >= Math.round(epoch * span.stepsPerEpoch)).length;
  return values[Math.min(passed, values.length - 1)]!;
}
