import type { SeriesOut } from '@tidemark/api/contract/metrics';
import { describe, expect, test } from 'vitest';
import { toCsv } from '../../web/charts/csv.ts';
import { grown, padded, xExtent, yExtent } from '../../web/charts/extent.ts';
import { toLine } from '../../web/charts/line.ts';
import { covers, nearest } from '../../web/charts/nearest.ts';
import { pointsNote, undrawable } from '../../web/charts/note.ts';
import { clockSplits, formatClockTicks, formatTicks, logSplits } from '../../web/charts/ticks.ts';

const owner = { id: 'a'.repeat(32), ordinal: 17, name: 'calm-heron' };
const exact: SeriesOut = {
  run: owner.id,
  key: 'loss',
  total: 5,
  shown: 5,
  exact: true,
  x: [1, 2, 3, 4, 5],
  step: [1, 2, 3, 4, 5],
  time: [0, 0, 0, 0, 0],
  value: [3, 'NaN', 'Infinity', 2, 0],
};
const bucketed: SeriesOut = {
  ...exact,
  total: 250_000,
  shown: 1000,
  exact: false,
  x: [10, 20],
  step: [10, 20],
  time: [0, 0],
  value: [2, 1],
  count: [10, 10],
  first: [3, 2],
  min: [1.5, -40],
  max: [3, 90],
  mean: [2.2, null],
  nan: [2, 0],
};

describe('a line', () => {
  test('keeps what cannot be drawn, and says how much of it there is', () => {
    const line = toLine(exact, owner, 0);
    expect(line.label).toBe('#17 calm-heron');
    expect(line.y).toEqual([3, Number.NaN, Number.POSITIVE_INFINITY, 2, 0]);
    expect(undrawable([line], false).map(({ text, x }) => [text, x])).toEqual([
      ['NaN ▽1', 2],
      ['+∞ ▲1', 3],
    ]);
    expect(undrawable([line], true).map(({ text }) => text)).toEqual(['NaN ▽1', '+∞ ▲1', '≤ 0 ▁1']);
  });
  test('spans a spike that one bucket hides, so that it shows unzoomed', () => {
    expect(yExtent([toLine(bucketed, owner, 0)], [0, 100], false)).toEqual([-40, 90]);
  });
  test('says how many points it stands for', () => {
    expect(pointsNote([toLine(exact, owner, 0)])).toBe('exact · 5 points');
    expect(pointsNote([toLine(bucketed, owner, 0)])).toBe('1,000 of 250,000 points');
    expect(pointsNote([])).toBe('');
  });
  test('smooths over bucket means, and leaves a gap where there is none', () => {
    expect(toLine(bucketed, owner, 5).smooth).toEqual([2.2, null]);
    expect(toLine(exact, owner, 0).smooth).toBeNull();
  });
  test('exports full doubles', () => {
    expect(
      toCsv('val,loss', [toLine({ ...exact, value: [1 / 3, 'NaN', 'Infinity', 2, 0] }, owner, 0)]).split('\n')[1],
    ).toBe(`${owner.id},17,"val,loss",1,1,0.3333333333333333,`);
  });
});

describe('scales', () => {
  test('hold every finite value; a log axis only those above 0', () => {
    const line = toLine(exact, owner, 0);
    expect(xExtent([line])).toEqual([1, 5]);
    expect(xExtent([])).toBeNull();
    expect(yExtent([line], [1, 5], false)).toEqual([0, 3]);
    expect(yExtent([line], [1, 5], true)).toEqual([2, 3]);
    expect(yExtent([line], [2, 3], false)).toBeNull();
  });
  test('a flat line lies in the middle, also when rounding made it rough', () => {
    const [low, high] = padded([1e-3, 1e-3 + 1e-18], false);
    expect((low + high) / 2).toBeCloseTo(1e-3, 12);
    expect(high - low).toBeGreaterThan(5e-4);
    expect(padded([0, 0], false)).toEqual([-1, 1]);
  });
  test('grow in steps while values arrive, and stand still between', () => {
    const first = grown(null, [0, 100], true);
    expect(first).toEqual([0, 105]);
    expect(grown(first, [0, 103], true)).toBe(first);
    expect(grown(first, [0, 106], true)[1]).toBeGreaterThan(106);
    expect(grown(first, [0, 106], false)).toEqual([0, 106]);
  });
  test('ticks of a log axis lie on it, three at least, none of them odd', () => {
    expect(logSplits(0.01, 1)).toEqual([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
    expect(logSplits(0.39, 0.76)).toEqual([0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75]);
    expect(logSplits(1e-6, 1e3)).toEqual([1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000]);
  });
  test('ticks of a clock', () => {
    const noon = new Date(2026, 10, 24, 12).getTime();
    expect(clockSplits(noon - 1000, noon + 3_700_000, 1_800_000)).toEqual([noon, noon + 1_800_000, noon + 3_600_000]);
    const midnight = new Date(2026, 10, 25).getTime();
    expect(clockSplits(noon, midnight + 1000, 86_400_000)).toEqual([midnight]);
    expect(formatClockTicks([noon, noon + 30_000])).toEqual(['12:00:00', '12:00:30']);
    expect(formatClockTicks([noon, noon + 3_600_000])).toEqual(['12:00', '13:00']);
    expect(formatClockTicks([noon, noon + 86_400_000])).toEqual(['11-24', '11-25']);
  });
  test('ticks carry the decimals that tell them apart', () => {
    expect(formatTicks([0, 0.25, 0.5])).toEqual(['0', '0.25', '0.50']);
    expect(formatTicks([10_000, 20_000])).toEqual(['10k', '20k']);
    expect(new Set(formatTicks([1e-3, 1.00001e-3, 1.00002e-3])).size).toBe(3);
  });
});

test('the nearest of ascending values', () => {
  const xs = [1, 4, 9];
  expect([0, 2, 3, 6, 7, 99].map((x) => nearest(xs, x))).toEqual([0, 0, 1, 1, 2, 2]);
  expect(nearest([], 1)).toBe(-1);
  expect([covers(xs, 0.5, 1), covers(xs, 11, 1), covers([], 1, 1)]).toEqual([true, false, false]);
});
