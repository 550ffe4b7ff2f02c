import { describe, expect, test } from 'vitest';
import { formatBytes } from '../../web/format/bytes.ts';
import { formatDuration } from '../../web/format/duration.ts';
import { formatDelta, formatNumber, formatPercent } from '../../web/format/number.ts';
import { plainText } from '../../web/format/plain-text.ts';
import { formatTime } from '../../web/format/time.ts';

describe('numbers', () => {
  test.each([
    [0.8414, '0.8414'],
    [0.41, '0.4100'],
    [12.345678, '12.35'],
    [0.000123, '1.230e-4'],
    [1_234_567.5, '1.235e6'],
    [0, '0'],
    [9999, '9999'],
    [12_345, '12\u2009345'],
    [1_234_567, '1\u2009234\u2009567'],
    [-0.5, '−0.5000'],
    [-20_000, '−20\u2009000'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
    [null, '–'],
    [undefined, '–'],
  ])('%s reads %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
  test('a delta carries its sign', () => {
    expect([0.018, -0.004, 0].map(formatDelta)).toEqual(['+0.01800', '−0.004000', '±0']);
  });
  test('a share is a percentage', () => {
    expect([formatPercent(0.826, 1), formatPercent(1)]).toEqual(['82.6 %', '100 %']);
  });
});

test.each([
  [0, '0 s'],
  [41_000, '41 s'],
  [12 * 60_000, '12 min'],
  [64 * 60_000, '1 h 04 min'],
  [74 * 3_600_000, '3 d 2 h'],
  [125, '125 ms'],
])('%s ms lasts %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.00 KiB'],
  [3_565_158, '3.40 MiB'],
  [150 * 2 ** 30, '150 GiB'],
])('%s bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('within a week a time is relative, then it is a date', () => {
  const now = Date.UTC(2026, 10, 24, 12);
  expect(formatTime(now - 3000, now)).toBe('just now');
  expect(formatTime(now - 3 * 60_000, now)).toBe('3 min ago');
  expect(formatTime(now - 5 * 3_600_000, now)).toBe('5 h ago');
  expect(formatTime(now + 3 * 60_000, now)).toBe('in 3 min');
  expect(formatTime(now - 8 * 86_400_000, now)).toMatch(/^2026-11-16 \d\d:\d\d$/);
});

test('a console’s words stand without colours, links and what else speaks to a terminal', () => {
  expect(plainText('\u001b[1;31mröt\u001b[0m \u001b]8;;https://a.b\u0007link\u001b]8;;\u001b\\ 50 %\u001b[2K')).toBe(
    'röt link 50 %',
  );
  expect(plainText('[31m as words')).toBe('[31m as words');
});
