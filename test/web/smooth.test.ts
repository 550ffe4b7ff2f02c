import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smooth, smoothLead } from '../../web/charts/smooth.ts';

/** The definition: at x the mean of all points so far, weighted by 2^(−age/halfLife). */
function naive(xs: readonly number[], ys: readonly number[], halfLife: number): (number | null)[] {
  return xs.map((x, i) => {
    if (!Number.isFinite(ys[i])) return null;
    let sum = 0;
    let weight = 0;
    for (let j = 0; j <= i; j++) {
      if (!Number.isFinite(ys[j])) continue;
      const w = 2 ** (-(x - (xs[j] as number)) / halfLife);
      sum += w * (ys[j] as number);
      weight += w;
    }
    return sum / weight;
  });
}

const raw = (xs: readonly number[], ys: readonly number[]) => ({
  x: xs,
  mean: ys.map((y) => (Number.isFinite(y) ? y : null)),
  count: ys.map(() => 1),
});

function series(length: number, seed: number): { xs: number[]; ys: number[] } {
  let state = seed;
  const random = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const xs = Array.from({ length }, (_, i) => i + 1);
  return { xs, ys: xs.map((x) => Math.exp(-x / (length / 3)) + 0.15 * random()) };
}

/** What the server does on its grid: the last x of each bucket, the finite count and mean. */
function buckets(xs: readonly number[], ys: readonly number[], width: number) {
  const out = { x: [] as number[], mean: [] as number[], count: [] as number[] };
  for (let i = 0; i < xs.length; ) {
    const bucket = Math.floor((xs[i] as number) / width);
    let j = i;
    let sum = 0;
    while (j < xs.length && Math.floor((xs[j] as number) / width) === bucket) sum += ys[j++] as number;
    out.x.push(xs[j - 1] as number);
    out.mean.push(sum / (j - i));
    out.count.push(j - i);
    i = j;
  }
  return out;
}

test('over raw points it is the definition, NaN skipped and nothing reset', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 1, max: 50 }),
          fc.oneof(fc.double({ min: -10, max: 10, noNaN: true }), fc.constant(Number.NaN)),
        ),
        {
          minLength: 1,
          maxLength: 60,
        },
      ),
      fc.double({ min: 0.5, max: 200, noNaN: true }),
      (gaps, halfLife) => {
        let x = 0;
        const xs = gaps.map(([gap]) => (x += gap));
        const ys = gaps.map(([, y]) => y);
        const expected = naive(xs, ys, halfLife);
        smooth(raw(xs, ys), halfLife).forEach((value, i) => {
          if (expected[i] === null) expect(value).toBeNull();
          else expect(value as number).toBeCloseTo(expected[i] as number, 8);
        });
      },
    ),
    { verbose: true },
  );
});

test('a step keeps its value, to 0.1 % of the y range, however the series is read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 40, max: 400 }), (seed, halfLife) => {
      const { xs, ys } = series(20_000, seed);
      const range = Math.max(...ys) - Math.min(...ys);
      const exact = smooth(raw(xs, ys), halfLife);
      for (const width of [2, 5, Math.max(1, Math.floor(halfLife / 4))]) {
        const read = buckets(xs, ys, width);
        smooth(read, halfLife).forEach((value, i) => {
          const at = (read.x[i] as number) - 1;
          if (at < smoothLead(halfLife)) return;
          expect(Math.abs((value as number) - (exact[at] as number)) / range).toBeLessThan(1e-3);
        });
      }
    }),
    { verbose: true, numRuns: 8 },
  );
});

test('a zoomed window that begins eight half-lives early shows the same values', () => {
  const { xs, ys } = series(5000, 7);
  const halfLife = 60;
  const range = Math.max(...ys) - Math.min(...ys);
  const whole = smooth(raw(xs, ys), halfLife);
  const start = 3000;
  const lead = start - smoothLead(halfLife);
  const window = smooth(raw(xs.slice(lead), ys.slice(lead)), halfLife);
  for (let i = start; i < 5000; i++)
    expect(Math.abs((window[i - lead] as number) - (whole[i] as number)) / range).toBeLessThan(4e-3);
});

test('later points change no earlier value', () => {
  const { xs, ys } = series(2000, 3);
  const before = smooth(raw(xs.slice(0, 1000), ys.slice(0, 1000)), 25);
  const after = smooth(raw(xs, ys), 25);
  expect(after.slice(0, 1000)).toEqual(before);
});
