import type { ChartLine } from './line.ts';

export type Range = readonly [number, number];

/** The x values of all lines; null when there is no point. */
export function xExtent(lines: readonly ChartLine[]): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { x } of lines) {
    if (x.length === 0) continue;
    low = Math.min(low, x[0] as number);
    high = Math.max(high, x[x.length - 1] as number);
  }
  return low <= high ? [low, high] : null;
}

/** Every finite value within a window of x, extremes of buckets and smoothed values too; on a log axis only those above 0. */
export function yExtent(lines: readonly ChartLine[], window: Range, log: boolean): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const see = (value: number | null | undefined): void => {
    if (value === null || value === undefined || !Number.isFinite(value) || (log && value <= 0)) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const line of lines) {
    for (let i = 0; i < line.x.length; i++) {
      const x = line.x[i] as number;
      if (x < window[0] || x > window[1]) continue;
      see(line.y[i]);
      see(line.low?.[i]);
      see(line.high?.[i]);
      see(line.smooth?.[i]);
    }
  }
  return low <= high ? [low, high] : null;
}

/** Room around the values, so that a line does not lie on the frame; a flat line gets a span of its own. */
export function padded([low, high]: Range, log: boolean): Range {
  if (log) {
    const ratio = high / low;
    const room = ratio > 1 ? ratio ** 0.05 : 2;
    return [low / room, high * room];
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  // A flat line, whatever rounding made of it, lies in the middle of a range of its own size.
  if (high - low <= size * 1e-9) return size === 0 ? [-1, 1] : [low - size * 0.5, high + size * 0.5];
  const room = (high - low) * 0.06;
  return [low - room, high + room];
}

/** While values arrive, the axis grows in steps of 5 % instead of with each point. */
export function grown(previous: Range | null, next: Range, live: boolean): Range {
  if (!live) return next;
  if (
    previous &&
    next[0] >= previous[0] &&
    next[1] <= previous[1] &&
    (next[1] - next[0]) * 2 > previous[1] - previous[0]
  )
    return previous;
  return [next[0], next[1] + (next[1] - next[0]) * 0.05];
}
