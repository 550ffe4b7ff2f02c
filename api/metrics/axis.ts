import type * as z from 'zod';
import type { Axis } from '../contract/metrics.ts';
import type { Series } from './frame.ts';
import { type AttemptPoints, upToStep } from './visible.ts';

/** A point's place on the axis, from its step, its time and its attempt. */
export type Placement = (step: number, time: number, attempt: AttemptPoints) => number;

/** The key whose values are epochs completed. */
export const EPOCH_KEY = 'epoch';

/** How a run's points lie on an axis; null where they cannot (no `epoch` was logged). */
export function placementOf(axis: z.output<typeof Axis>, attempts: readonly AttemptPoints[]): Placement | null {
  switch (axis) {
    case 'step':
      return (step) => step;
    case 'wall':
      return (_step, time) => time;
    case 'relative': {
      // Seconds of running: the pauses between attempts do not count.
      const before = new Map<number, number>();
      let ran = 0;
      for (const { attempt, startedAt, endedAt } of attempts) {
        before.set(attempt, ran);
        ran += Math.max(0, (endedAt ?? startedAt) - startedAt);
      }
      return (_step, time, { attempt, startedAt }) => (before.get(attempt)! + time - startedAt) / 1000;
    }
    case 'epoch': {
      const knots = epochKnots(attempts);
      return knots && ((step) => interpolate(knots, step));
    }
  }
}

interface Knots {
  readonly steps: number[];
  readonly epochs: number[];
}

/** The run's own `epoch` series by step, the last logged value of each; (0, 0) goes without saying. */
function epochKnots(attempts: readonly AttemptPoints[]): Knots | null {
  const byStep = new Map<number, number>();
  for (const { blocks, upTo } of attempts) {
    for (const block of blocks) if (block.key === EPOCH_KEY) addKnots(byStep, upToStep(block, upTo));
  }
  if (byStep.size === 0) return null;
  if (!byStep.has(0)) byStep.set(0, 0);
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  return { steps, epochs: steps.map((step) => byStep.get(step)!) };
}

function addKnots(byStep: Map<number, number>, { steps, values }: Series): void {
  for (let i = 0; i < steps.length; i++) if (Number.isFinite(values[i])) byStep.set(steps[i]!, values[i]!);
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
