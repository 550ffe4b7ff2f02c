import { describe as summary } from '@tidemark/training/statistics/describe';
import { student95 } from '@tidemark/training/statistics/student';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../support/seed.ts';

describe('describe', () => {
  test('five seeds, by hand', () => {
    const found = summary([0.841, 0.822, 0.83, 0.815, 0.822], [0, 0.25, 0.5, 0.9, 1])!;
    expect(found).toMatchObject({ count: 5, min: 0.815, max: 0.841 });
    expect(found.mean).toBeCloseTo(0.826, 12);
    // √(Σ(x − 0.826)² / 4) = √(0.000394 / 4)
    expect(found.deviation).toBeCloseTo(Math.sqrt(0.000394 / 4), 12);
    const half = (2.7764451051977934 * Math.sqrt(0.000394 / 4)) / Math.sqrt(5);
    expect(found.interval![0]).toBeCloseTo(0.826 - half, 10);
    expect(found.interval![1]).toBeCloseTo(0.826 + half, 10);
    // numpy.quantile: 0.822 + 0.6 × (0.841 − 0.83) above 0.83
    expect(found.quantiles).toEqual([0.815, 0.822, 0.822, expect.closeTo(0.8366, 10), 0.841]);
  });

  test('one value has no deviation and no interval; none is nothing', () => {
    expect(summary([3], [0.5])).toEqual({
      count: 1,
      mean: 3,
      deviation: null,
      interval: null,
      min: 3,
      max: 3,
      quantiles: [3],
    });
    expect(summary([], [0.5])).toBeNull();
  });

  test('of any finite values: between the extremes, shifted with them, and never a number that JSON has not', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const found = summary(values, [0, 0.1, 0.5, 1])!;
        const { mean, min, max, quantiles, deviation, interval } = found;
        expect([min, max]).toEqual([Math.min(...values), Math.max(...values)].map((v) => v + 0));
        for (const one of [mean, ...quantiles]) expect(one >= min && one <= max).toBe(true);
        expect(JSON.parse(JSON.stringify(found))).toEqual(found);
        if (interval) expect(interval[0] <= mean && mean <= interval[1]).toBe(true);
        if (values.length > 1 && Math.max(Math.abs(min), Math.abs(max)) < 1e100) expect(deviation).not.toBeNull();
      }),
      seeded(1000),
    );
  });

  test('a large offset costs no digits of the deviation', () => {
    const values = [1, 2, 3, 4, 7];
    const shifted = summary(
      values.map((v) => v + 1e9),
      [],
    )!;
    expect(shifted.deviation).toBeCloseTo(summary(values, [])!.deviation!, 6);
    const half = (student95(4) * shifted.deviation!) / Math.sqrt(5);
    expect(shifted.interval![1] - shifted.mean).toBeCloseTo(half, 6);
  });
});
