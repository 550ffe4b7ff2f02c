import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ago, bytes, duration, grouped, metric } from '../../cli/terminal/format.ts';
import { plot } from '../../cli/terminal/plot.ts';
import { shorten, table, width } from '../../cli/terminal/table.ts';

const plain = (text: string) => text;

describe('plot', () => {
  test('a straight line goes from the lower left to the upper right', () => {
    const rows = plot(
      [
        {
          points: [
            [0, 0],
            [10, 1],
          ],
          paint: plain,
        },
      ],
      { width: 20, height: 4, label: (y) => y.toFixed(1) },
    );
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(/^1\.0 │/);
    expect(rows[2]).toMatch(/^0\.5 │/);
    expect(rows[3]).toMatch(/^0\.0 │/);
    const first = (row: string) => [...row].findIndex((char) => char >= '⠁' && char <= '⣿');
    const starts = rows.map(first);
    expect([...starts].sort((a, b) => b - a)).toEqual(starts);
  });

  test('a young run fills only its part of the whole width', () => {
    const options = { width: 44, height: 3, label: () => '0' };
    const last = (rows: string[]) => Math.max(...rows.map((row) => row.trimEnd().length));
    const points = [
      [0, 1],
      [50, 2],
    ] as const;
    expect(last(plot([{ points, paint: plain }], options))).toBeGreaterThan(40);
    expect(last(plot([{ points, paint: plain }], { ...options, xMax: 100 }))).toBeLessThan(26);
  });

  test('any points, NaN and infinities among them, give rows of the asked size', () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1e308, -1e308),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(fc.nat(1e6), number), { maxLength: 40 }), { maxLength: 3 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 20 }),
        (lines, columns, height) => {
          const rows = plot(
            lines.map((points) => ({ points: points.toSorted(([a], [b]) => a - b), paint: plain })),
            { width: columns, height, label: (y) => y.toExponential(1) },
          );
          expect(rows).toHaveLength(height);
          for (const row of rows) expect(width(row)).toBeLessThanOrEqual(Math.max(columns, 16));
        },
      ),
    );
  });

  test('nothing to draw is said', () => {
    expect(plot([], { width: 20, height: 3, label: metric }).join('')).toContain('nothing yet');
  });
});

describe('format', () => {
  test.each([
    [0.123456, '0.1235'],
    [12345.678, '1.235e+4'],
    [0.5, '0.5000'],
    [0.00012345, '1.234e-4'],
    [1234567.8, '1.235e+6'],
    [42, '42'],
    [1234567, '1 234 567'],
    ['NaN', 'NaN'],
    ['-Infinity', '-Infinity'],
    [null, '–'],
    [undefined, '–'],
  ] as const)('metric %s is %s', (value, text) => expect(metric(value)).toBe(text));

  test.each([
    [41_000, '41 s'],
    [12 * 60_000, '12 min'],
    [64 * 60_000, '1 h 04 min'],
    [74 * 3_600_000, '3 d 2 h'],
  ])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  test('bytes, groups and ages', () => {
    expect([bytes(900), bytes(1500), bytes(300 * 1024 ** 2)]).toEqual(['900 B', '1.5 KiB', '300 MiB']);
    expect([grouped(9999), grouped(10_000), grouped(-1_234_567)]).toEqual(['9999', '10 000', '-1 234 567']);
    expect([ago(1000, 3000), ago(0, 180_000), ago(0, 30 * 86_400_000)]).toEqual([
      'now',
      '3 min ago',
      '1970-01-01 00:00',
    ]);
  });
});

describe('table', () => {
  test('aligns, and cuts the column that may be cut', () => {
    const rows = table(
      [{ title: 'A' }, { title: 'N', right: true }, { title: 'NAME', shrink: true }],
      [
        ['x', '1', 'a-very-long-name-indeed'],
        ['yy', '100', 'b'],
      ],
      24,
    );
    expect(rows.map(stripVTControlCharacters)).toEqual(['A     N  NAME', 'x     1  a-very-…-indeed', 'yy  100  b']);
  });

  test('wide characters take two columns, marks none: what stands right of them is aligned', () => {
    expect([...['ab', '日本', '🐱', 'e\u0301', '\u200d']].map(width)).toEqual([2, 4, 2, 1, 0]);
    const rows = table(
      [{ title: 'NAME', shrink: true }, { title: 'N' }],
      [
        ['日本語 🐱', '1'],
        ['plain', '2'],
      ],
    ).map(stripVTControlCharacters);
    expect(rows.map((row) => width(row.slice(0, -1)))).toEqual([11, 11, 11]);
    expect(shorten('日本語日本語', 7)).toBe('日本…語');
  });

  test('shorten keeps both ends and never grows', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '日', '🐱', 'é', ' ', '\u0301') }),
        fc.nat(30),
        (text, most) => {
          const cut = shorten(text, most);
          expect(width(cut)).toBeLessThanOrEqual(Math.max(most, 0));
          if (width(text) <= most) expect(cut).toBe(text);
        },
      ),
    );
  });
});
