import { fromNumber, type MetricValue } from '../contract/common.ts';
import type { MetricSummary } from '../contract/runs.ts';
import type { Series } from './frame.ts';

/** One key as `live.summary` holds it: count, last, its step, min, its step, max, its step. Finite values only make min and max. */
export type CompactSummary = [
  count: number,
  last: MetricValue,
  lastStep: number,
  min: number | null,
  minStep: number | null,
  max: number | null,
  maxStep: number | null,
];
export type Summaries = Record<string, CompactSummary>;

/**
 * Adds points to a summary, in place. `last` is the value at the highest step, the later logged where steps are equal; an extreme
 * reached twice counts at its smaller step. So the result does not depend on how the points came in batches.
 */
export function addToSummary(summaries: Summaries, series: readonly Series[]): void {
  for (const { key, steps, values } of series) {
    if (steps.length === 0) continue;
    const entry: CompactSummary = Object.hasOwn(summaries, key)
      ? summaries[key]!
      : [0, 0, Number.NEGATIVE_INFINITY, null, null, null, null];
    for (let i = 0; i < steps.length; i++) addPoint(entry, steps[i]!, values[i]!);
    // defineProperty semantics: a key such as `__proto__` must not reach a setter.
    Object.defineProperty(summaries, key, { value: entry, enumerable: true, configurable: true, writable: true });
  }
}

function addPoint(entry: CompactSummary, step: number, value: number): void {
  entry[0] += 1;
  if (step >= entry[2]) {
    entry[1] = fromNumber(value);
    entry[2] = step;
  }
  if (!Number.isFinite(value)) return;
  if (entry[3] === null || value < entry[3] || (value === entry[3] && step < entry[4]!)) {
    entry[3] = value;
    entry[4] = step;
  }
  if (entry[5] === null || value > entry[5] || (value === entry[5] && step < entry[6]!)) {
    entry[5] = value;
    entry[6] = step;
  }
}

export const presentSummary = ([count, last, lastStep, min, minStep, max, maxStep]: CompactSummary): MetricSummary => ({
  count,
  last,
  lastStep,
  min,
  minStep,
  max,
  maxStep,
});
