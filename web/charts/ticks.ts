import { formatDuration } from '../format/duration.ts';

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
