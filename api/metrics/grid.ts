/** Bucket i covers [origin + i·width, origin + (i+1)·width); the last one its right end too. */
export interface Grid {
  readonly origin: number;
  readonly width: number;
  readonly count: number;
  /** Every boundary of a bucket is phase + k·unit·2^exponent. */
  readonly exponent: number;
  readonly alignment: Alignment;
}

/** What boundaries count from and in; no narrower than unit·2^least. */
export interface Alignment {
  readonly phase: number;
  readonly unit: number;
  readonly least: number;
}

/** Buckets are so many of the widths that they are aligned to: at least 4/5 of what was asked for is used, where a range is long. */
const MULTIPLES = [4, 5, 6, 7];

/**
 * The one grid for all series of a chart: the narrowest of at most `points` buckets that cover [low, high]. Boundaries are aligned, so
 * that stored cells no wider than unit·2^exponent lie in one bucket each, and the grid stands still while a live chart grows.
 */
export function gridOf(low: number, high: number, points: number, alignment: Alignment): Grid {
  const { phase, unit, least } = alignment;
  const guess = Math.floor(Math.log2((high - low) / unit / points)) - MULTIPLES.length;
  for (let exponent = Math.max(least, guess); ; exponent++) {
    const step = unit * 2 ** exponent;
    const origin = phase + step * Math.floor((low - phase) / step);
    for (const multiple of exponent === least ? [1, 2, 3, ...MULTIPLES] : MULTIPLES) {
      const width = multiple * step;
      const count = Math.floor((high - origin) / width) + 1;
      if (count <= points) return { origin, width, count, exponent, alignment };
    }
  }
}

export const bucketOf = (grid: Grid, x: number): number => {
  const bucket = Math.floor((x - grid.origin) / grid.width);
  return bucket < 0 ? 0 : bucket < grid.count ? bucket : grid.count - 1;
};
