import { arrowBatch, arrowEnd, arrowSchema } from '@tidemark/api/metrics/arrow';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../support/seed.ts';

const step = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
const point = fc.tuple(step, fc.integer({ min: 0, max: 2 ** 42 }), fc.double());
const block = fc.record({
  key: fc.string({ minLength: 1, unit: 'grapheme' }),
  points: fc.array(point, { maxLength: 40 }),
});

test('Apache Arrow’s own reader finds every point of every batch, to the bit', () => {
  fc.assert(
    fc.property(fc.array(fc.array(block, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (batches) => {
      const parts = batches.map((batch) =>
        arrowBatch(
          batch.map(({ key, points }) => ({
            key,
            steps: Float64Array.from(points, ([at]) => at),
            times: Float64Array.from(points, ([, time]) => time),
            values: Float64Array.from(points, ([, , value]) => value),
          })),
        ),
      );
      const table = tableFromIPC([arrowSchema(), ...parts, arrowEnd]);
      expect(table.schema.fields.map(({ name, type }) => `${name}: ${type}`)).toEqual([
        'key: Utf8',
        'step: Int64',
        'time: Timestamp<MILLISECOND, UTC>',
        'value: Float64',
      ]);
      const column = (name: string): unknown[] => [...(table.getChild(name) ?? [])];
      const rows = batches.flat().flatMap(({ key, points }) => points.map((each) => [key, ...each] as const));
      expect(column('key')).toEqual(rows.map(([key]) => key));
      expect(column('step')).toEqual(rows.map(([, at]) => BigInt(at)));
      expect(column('time').map(Number)).toEqual(rows.map(([, , time]) => time));
      expect(column('value')).toEqual(rows.map(([, , , value]) => value));
    }),
    seeded(300),
  );
});
