import { fromNumber, type MetricValue } from '../contract/common.ts';
import type { SeriesOut } from '../contract/metrics.ts';

/** One key's visible points with their place on the chart's axis, sorted by x; equal x in the order logged. */
export interface Placed {
  readonly x: Float64Array;
  readonly steps: Float64Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Bucket i covers [origin + i·width, origin + (i+1)·width); the last one its right end too. */
export interface Grid {
  readonly origin: number;
  readonly width: number;
  readonly count: number;
}

/**
 * The one grid for all series of a chart, from the extent of what is in range. On whole-numbered axes buckets are whole numbers
 * wide, so that each holds equally many steps.
 */
export function gridOf(low: number, high: number, points: number, whole: boolean): Grid {
  if (whole) {
    const width = Math.max(1, Math.ceil((high - low + 1) / points));
    return { origin: low, width, count: Math.max(1, Math.min(points, Math.ceil((high - low + 1) / width))) };
  }
  const width = (high - low) / points;
  return width > 0 ? { origin: low, width, count: points } : { origin: low, width: 1, count: 1 };
}

export const bucketOf = ({ origin, width, count }: Grid, x: number): number =>
  Math.min(count - 1, Math.max(0, Math.floor((x - origin) / width)));

type Columns = Omit<SeriesOut, 'run' | 'key'>;

export function exactColumns({ x, steps, times, values }: Placed): Columns {
  return {
    total: x.length,
    shown: x.length,
    exact: true,
    x: [...x],
    step: [...steps],
    time: [...times],
    value: Array.from(values, fromNumber),
  };
}

/** One entry a bucket that has points: every extreme survives, and what is not finite is counted. */
export function bucketColumns(points: Placed, grid: Grid): Columns {
  const out = {
    x: [] as number[],
    step: [] as number[],
    time: [] as number[],
    value: [] as MetricValue[],
    count: [] as number[],
    first: [] as MetricValue[],
    min: [] as (number | null)[],
    max: [] as (number | null)[],
    mean: [] as (number | null)[],
    nan: [] as number[],
    positiveInfinity: [] as number[],
    negativeInfinity: [] as number[],
  };
  const { x, steps, times, values } = points;
  for (let start = 0; start < x.length; ) {
    const bucket = bucketOf(grid, x[start]!);
    let end = start;
    let sum = 0;
    let finite = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let nan = 0;
    let positive = 0;
    let negative = 0;
    for (; end < x.length && bucketOf(grid, x[end]!) === bucket; end++) {
      const value = values[end]!;
      if (Number.isFinite(value)) {
        finite++;
        sum += value;
        if (value < min) min = value;
        if (value > max) max = value;
      } else if (Number.isNaN(value)) nan++;
      else if (value > 0) positive++;
      else negative++;
    }
    out.x.push(x[end - 1]!);
    out.step.push(steps[end - 1]!);
    out.time.push(times[end - 1]!);
    out.value.push(fromNumber(values[end - 1]!));
    out.count.push(end - start);
    out.first.push(fromNumber(values[start]!));
    out.min.push(finite > 0 ? min : null);
    out.max.push(finite > 0 ? max : null);
    out.mean.push(finite > 0 ? meanOf(sum, finite, min, max) : null);
    out.nan.push(nan);
    out.positiveInfinity.push(positive);
    out.negativeInfinity.push(negative);
    start = end;
  }
  const { nan, positiveInfinity, negativeInfinity, ...columns } = out;
  const any = (counts: number[]): boolean => counts.some((n) => n > 0);
  return {
    total: x.length,
    shown: out.x.length,
    exact: false,
    ...columns,
    ...(any(nan) ? { nan } : {}),
    ...(any(positiveInfinity) ? { positiveInfinity } : {}),
    ...(any(negativeInfinity) ? { negativeInfinity } : {}),
  };
}

/** A sum of huge values may overflow where their mean does not; it lies between the extremes in any case. */
const meanOf = (sum: number, count: number, min: number, max: number): number =>
  Number.isFinite(sum) ? Math.min(max, Math.max(min, sum / count)) : min / 2 + max / 2;
