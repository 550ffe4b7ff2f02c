import { CSV_LINES, JSON_LINES, pointLines } from '@tidemark/api/metrics/lines';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../support/seed.ts';

const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, -0, 9, 10, 999_999_999, 1e9, 1e9 + 1, 1e15, -1e9, 2 ** 53 - 1, -(2 ** 53) + 1),
);

test('lines are what JSON and CSV of the same points say', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('loss', 'val/loss', 'a key: of_all-kinds.1'),
      fc.array(fc.tuple(integer, integer, fc.double()), { maxLength: 60 }),
      // Also longer than one piece of text.
      fc.constantFrom(1, 1, 100),
      (key, few, copies) => {
        const points = Array.from({ length: copies }, () => few).flat();
        const column = (i: 0 | 1 | 2) => Float64Array.from(points, (point) => point[i]);
        const series = { key, steps: column(0), times: column(1), values: column(2) };
        const text = (layout: typeof CSV_LINES) =>
          [...pointLines(series, layout)].map((bytes) => new TextDecoder().decode(bytes)).join('');
        expect(text(CSV_LINES)).toBe(points.map((point) => `${[key, ...point.map(String)].join()}\r\n`).join(''));
        const objects = points.map(([step, time, value]) =>
          JSON.stringify({ key, step, time, value: Number.isFinite(value) ? value : String(value) }),
        );
        expect(text(JSON_LINES)).toBe(objects.map((line) => `${line}\n`).join(''));
      },
    ),
    seeded(200),
  );
});
