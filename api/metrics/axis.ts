import type * as z from 'zod';
import type { Axis } from '../contract/metrics.ts';
import { relativeSeconds } from './cells.ts';
import type { Series } from './frame.ts';
import { type AttemptSpan, phasesOf } from './visible.ts';

/** A point's place on the axis, from its step, its time and its attempt. */
export type Placement = (step: number, time: number, attempt: number) => number;

/** The key whose values are epochs completed. */
export const EPOCH_KEY = 'epoch';

/**
 * How a run's points lie on an axis; null where they cannot (no `epoch` was logged). `epochs`: the visible points of that key, in the
 * order logged; only the axis of epochs needs them.
 */
export function placementOf(
  axis: z.output<typeof Axis>,
  spans: readonly AttemptSpan[],
  epochs: readonly Series[],
): Placement | null {
  switch (axis) {
    case 'step':
      return (step) => step;
    case 'wall':
      return (_step, time) => time;
    case 'relative': {
      const phases = phasesOf(spans);
      return (_step, time, attempt) => relativeSeconds(time, phases.get(attempt)!);
    }
    case 'epoch': {
      const knots = epochKnots(epochs);
      return knots && ((step) => interpolate(knots, step));
    }
  }
}

interface Knots {
  readonly steps: number[];
  readonly epochs: number[];
}

/** The run's own `epoch` series by step, the last logged value of each; (0, 0) goes without saying. */
function epochKnots(blocks: readonly Series[]): Knots | null {
  const byStep = new Map<number, number>();
  for (const { steps, values } of blocks) {
    for (let i = 0; i < steps.length; i++) if (Number.isFinite(values[i])) byStep.set(steps[i]!, values[i]!);
  }
  if (byStep.size === 0) return null;
  if (!byStep.has(0)) byStep.set(0, 0);
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  return { steps, epochs: steps.map((step) => byStep.get(step)!) };
}

/** Linear between the knots and, at the pace of the nearest two, beyond them: an epoch under way has no knot yet. */
function interpolate({ steps, epochs }: Knots, step: number): number {
  if (steps.length === 1) return epochs[0]!;
  let low = 0;
  let high = steps.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle;
  }
  const share = (step - steps[low]!) / (steps[high]! - steps[low]!);
  return epochs[low]! + share * (epochs[high]! - epochs[low]!);
}
