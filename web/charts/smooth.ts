/** What a filter needs of a bucket: where its last point is, how many finite points it holds, and their mean (null: none). */
export interface SmoothInput {
  readonly x: ArrayLike<number>;
  readonly mean: readonly (number | null)[];
  readonly count: ArrayLike<number>;
}

/**
 * Causal, time-aware exponential average with a half-life in axis units, de-biased: at x it is the mean of all points so far,
 * weighted by 2^(−age/halfLife). A bucket's points are taken as evenly spaced since the point before it, so the value at a
 * step does not depend on how finely the series was read, nor on any later point. NaN is skipped: it resets nothing.
 */
export function smooth({ x, mean, count }: SmoothInput, halfLife: number): (number | null)[] {
  const out: (number | null)[] = new Array(mean.length);
  let sum = 0;
  let weight = 0;
  let last = Number.NaN;
  for (let i = 0; i < mean.length; i++) {
    const at = x[i] as number;
    const value = mean[i] as number | null;
    const points = Math.max(1, count[i] as number);
    if (!Number.isNaN(last)) {
      const decay = 2 ** (-(at - last) / halfLife);
      sum *= decay;
      weight *= decay;
    }
    if (value === null || !Number.isFinite(value)) {
      out[i] = null;
    } else {
      const spacing = Number.isNaN(last) ? 0 : (at - last) / points;
      const ratio = 2 ** (-spacing / halfLife);
      const inside = points === 1 || ratio > 1 - 1e-12 ? points : (1 - ratio ** points) / (1 - ratio);
      sum += inside * value;
      weight += inside;
      out[i] = sum / weight;
    }
    last = at;
  }
  return out;
}

/** How far before a window smoothing must begin, so that what came earlier weighs less than 2^−8. */
export const smoothLead = (halfLife: number): number => 8 * halfLife;

/** How many buckets to ask for: as many as pixels, but none wider than a quarter of the half-life, lead included. */
export function smoothPoints(pixels: number, span: number, halfLife: number, lead: number): number {
  if (halfLife <= 0 || span <= 0) return pixels;
  const whole = span + lead;
  const needed = Math.max((pixels * whole) / span, (4 * whole) / halfLife);
  // In steps of 100, so that a growing axis does not ask for a new grid with every point.
  return Math.min(5000, Math.ceil(needed / 100) * 100);
}
