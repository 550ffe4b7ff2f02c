import { expect, test } from 'vitest';
import { seriesStyle, styleTags } from '../../web/charts/style.ts';

const look = (ordinal: number): string => {
  const { slot, dash } = seriesStyle(ordinal);
  return `${slot} ${dash.join(' ')}`;
};

test('twelve consecutive runs differ in colour, the thirteenth by its dash, and there are 48 styles', () => {
  for (let first = 1; first < 100; first++) {
    const slots = Array.from({ length: 12 }, (_, i) => seriesStyle(first + i).slot);
    expect(new Set(slots).size).toBe(12);
  }
  expect(seriesStyle(13)).toEqual({ slot: 0, dash: [6, 3] });
  expect(seriesStyle(37).dash).toEqual([9, 3, 2, 3]);
  expect(new Set(Array.from({ length: 48 }, (_, i) => look(i + 1))).size).toBe(48);
  expect(look(49)).toBe(look(1));
});

test('runs of one style get letters, others none', () => {
  expect([...styleTags([1, 2, 49, 97])]).toEqual([
    [1, 'a'],
    [49, 'b'],
    [97, 'c'],
  ]);
  expect(styleTags([1, 2, 13]).size).toBe(0);
});
