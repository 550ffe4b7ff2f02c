import { student95 } from './student.ts';

export interface Description {
  readonly count: number;
  readonly mean: number;
  /** The sample's standard deviation (n − 1); null of a single value. */
  readonly deviation: number | null;
  /** mean ± t·deviation/√n: Student's 95 % interval of the mean; null of a single value. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly min: number;
  readonly max: number;
  readonly quantiles: readonly number[];
}

/** Beyond this a square is not a number any more. */
const LARGE = 1e150;

/**
 * What finite values amount to; null of none. Quantiles interpolate linearly between order statistics (Hyndman and Fan 1996, type 7:
 * NumPy's and R's default). A figure that is no float64 any more (of values near its end) is null, or the nearest float64.
 */
export function describe(values: Iterable<number>, quantiles: readonly number[]): Description | null {
  // JSON has no −0.
  const sorted = Float64Array.from(values, (value) => value + 0).sort();
  const count = sorted.length;
  if (count === 0) return null;
  const min = sorted[0]!;
  const max = sorted[count - 1]!;
  // A power of two, so that scaling changes no digit.
  const scale = Math.max(-min, max) > LARGE ? 2 ** 520 : 1;
  const rough = sorted.reduce((sum, value) => sum + value / scale / count, 0);
  const exact = rough + sorted.reduce((sum, value) => sum + (value / scale - rough), 0) / count;
  // Rounding must not carry a mean out of its values.
  const mean = Math.min(max / scale, Math.max(min / scale, exact));
  const squares = sorted.reduce((sum, value) => sum + (value / scale - mean) ** 2, 0);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : null;
  const half = deviation === null ? null : (student95(count - 1) * deviation) / Math.sqrt(count);
  const ends = half === null ? null : ([(mean - half) * scale, (mean + half) * scale] as const);
  return {
    count,
    mean: mean * scale,
    deviation: deviation === null || !Number.isFinite(deviation * scale) ? null : deviation * scale,
    interval: ends?.every(Number.isFinite) ? ends : null,
    min,
    max,
    quantiles: quantiles.map((p) => quantile(sorted, p)),
  };
}

/** `sorted` holds one value at least; 0 ≤ p ≤ 1. */
function quantile(sorted: Float64Array, p: number): number {
  const at = (sorted.length - 1) * p;
  const low = Math.floor(at);
  const part = at - low;
  const a = sorted[low]!;
  if (part === 0) return a;
  const b = sorted[low + 1]!;
  return Math.min(b, Math.max(a, a * (1 - part) + b * part)) + 0;
}
