import { formatDuration } from '../format/duration.ts';

/** Tick labels carry just the decimals that tell two neighbours apart. */
export function formatTicks(splits: readonly (number | null)[], log = false): string[] {
  const known = splits.filter((value): value is number => value !== null);
  const gap = known.length > 1 ? Math.abs((known[1] as number) - (known[0] as number)) : 1;
  const decimals = Math.min(8, Math.max(0, Math.ceil(-Math.log10(gap || 1) - 1e-9)));
  return splits.map((value) => {
    if (value === null) return '';
    if (value === 0) return '0';
    const size = Math.abs(value);
    if (size >= 1e6) return `${trim(value / 1e6)}M`;
    if (size >= 1e4) return `${trim(value / 1e3)}k`;
    if (log) return size < 1e-3 ? value.toExponential(0) : trim(value);
    if (gap < 1e-5) return value.toExponential(1);
    return value.toFixed(decimals);
  });
}

const trim = (value: number): string => String(Number(value.toPrecision(3)));

/** Ticks of an axis of elapsed milliseconds. */
export const formatElapsed = (splits: readonly (number | null)[]): string[] =>
  splits.map((value) => (value === null ? '' : value === 0 ? '0' : formatDuration(value).replace(/ 00 (s|min)$/, '')));

/** Sensible steps of elapsed time, in milliseconds. */
export const ELAPSED_STEPS: number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000, 86_400_000, 172_800_000, 432_000_000,
  864_000_000,
];
