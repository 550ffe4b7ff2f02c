import { formatDuration } from '../format/duration.ts';
import { formatClock, formatDate } from '../format/time.ts';

/** Tick labels carry just the decimals that tell two neighbours apart. */
export function formatTicks(splits: readonly (number | null)[], log = false): string[] {
  const known = splits.filter((value): value is number => value !== null);
  const gap = known.length > 1 ? Math.abs((known[1] as number) - (known[0] as number)) : 1;
  const decimals = decimalsOf(gap);
  return splits.map((value) => {
    if (value === null) return '';
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (size >= 1e6) return `${trim(value / 1e6)}M`;
    if (size >= 1e4) return `${trim(value / 1e3)}k`;
    if (log) return size < 1e-3 ? value.toExponential(0) : trim(value);
    if (gap < 1e-4) return value.toExponential(Math.min(6, Math.max(0, Math.ceil(Math.log10(size / gap) - 1e-9))));
    return value.toFixed(decimals);
  });
}

/** The fewest decimals that write a step in full. */
function decimalsOf(step: number): number {
  for (let decimals = 0; decimals < 8; decimals++) {
    const scaled = step * 10 ** decimals;
    if (scaled >= 1 - 1e-9 && Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return decimals;
  }
  return 8;
}

const trim = (value: number): string => String(Number(value.toPrecision(3)));

/** Ticks of an axis of elapsed seconds. */
export const formatElapsed = (splits: readonly (number | null)[]): string[] =>
  splits.map((value) =>
    value === null ? '' : value === 0 ? '0' : formatDuration(value * 1000).replace(/ 00 (s|min)$/, ''),
  );

/** Sensible steps of elapsed time, in seconds. */
export const ELAPSED_STEPS: number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
  14_400, 28_800, 43_200, 86_400, 172_800, 432_000, 864_000,
];

/** Ticks of an axis of moments: the clock, with seconds where they differ, or the date where days do. */
export function formatClockTicks(splits: readonly (number | null)[]): string[] {
  const known = splits.filter((value): value is number => value !== null);
  const gap = known.length > 1 ? (known[1] as number) - (known[0] as number) : 60_000;
  return splits.map((value) => {
    if (value === null) return '';
    if (gap >= 86_400_000) return formatDate(value).slice(5, 10);
    return gap < 60_000 ? formatClock(value) : formatClock(value).slice(0, 5);
  });
}

/** Places for ticks on a logarithmic axis: 1, 2, 5 of each decade; where that gives fewer than three, even steps. */
export function logSplits(low: number, high: number): number[] {
  const splits: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++)
    for (const digit of high / low > 1e4 ? [1] : [1, 2, 5]) {
      const value = Number((digit * 10 ** power).toPrecision(6));
      if (value >= low && value <= high) splits.push(value);
    }
  if (splits.length >= 3) return splits;
  const rough = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * (rough / unit >= 5 ? 5 : rough / unit >= 2 ? 2 : 1);
  const even: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) even.push(Number(value.toPrecision(12)));
  return even;
}

/** Moments on the round of the local clock: whole hours, whole days. Milliseconds. */
export function clockSplits(low: number, high: number, step: number): number[] {
  const offset = new Date(low).getTimezoneOffset() * 60_000;
  const splits: number[] = [];
  for (let at = Math.ceil((low - offset) / step) * step + offset; at <= high; at += step) splits.push(at);
  return splits;
}
