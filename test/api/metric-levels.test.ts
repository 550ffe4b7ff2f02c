import { appendBatch } from '@tidemark/api/metrics/append';
import { cellsOf, decodeCells, encodeCells, packedSize } from '@tidemark/api/metrics/cells';
import { bucketOf, gridOf } from '@tidemark/api/metrics/grid';
import { logRun } from '@tidemark/api/metrics/log';
import { readMetrics } from '@tidemark/api/metrics/read';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from '../contract/documents.ts';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps({}, ':memory:');
});
afterAll(() => opened.close());

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

async function startRun() {
  const { id, session } = await registerRun(opened.deps, user, { experiment: freshName() });
  return { run: id, attempt: 1, token: session!.token };
}

/** Batches of a thousand points of one key, a step each, a quarter of a second apart. */
async function logLong(size: number, make: (i: number) => number) {
  const holder = await startRun();
  for (let start = 0, seq = 1; start < size; start += 1000, seq++) {
    const at = Array.from({ length: 1000 }, (_, i) => start + i);
    const series = [{ key: 'loss', steps: at, times: at.map((i) => START + 250 * i), values: at.map(make) }];
    await appendBatch(opened.deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
  }
  return holder.run;
}

describe('grids', () => {
  const alignment = fc.constantFrom(
    { phase: 0, unit: 1, least: 0 },
    { phase: 0, unit: 1, least: -10 },
    { phase: START + 17, unit: 1000, least: -3 },
  );

  test('cover their range in no more buckets than asked for, on aligned boundaries, and use the budget', () => {
    fc.assert(
      fc.property(
        alignment,
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 2, max: 5000 }),
        (align, from, span, points) => {
          const low = align.phase + from;
          const high = low + span;
          const grid = gridOf(low, high, points, align);
          const step = align.unit * 2 ** grid.exponent;
          expect(grid.count).toBeLessThanOrEqual(points);
          expect(grid.origin).toBeLessThanOrEqual(low);
          expect(low - grid.origin).toBeLessThan(step);
          expect(high).toBeLessThan(grid.origin + grid.count * grid.width);
          expect(Number.isInteger((grid.origin - align.phase) / step)).toBe(true);
          expect(Number.isInteger(grid.width / step)).toBe(true);
          if (points >= 100 && grid.exponent > align.least) expect(grid.count).toBeGreaterThan(0.75 * points);
          expect(bucketOf(grid, low)).toBe(0);
          expect(bucketOf(grid, high)).toBe(grid.count - 1);
        },
      ),
      seeded(2000),
    );
  });
});

describe('cells', () => {
  test('as wide as one second, or nearly, have the exponent 0 and not −0', () => {
    const series = {
      key: 'a',
      steps: new Float64Array(2),
      times: Float64Array.of(START, START + 5),
      values: new Float64Array(2),
    };
    expect(cellsOf(series, 'time', 256, START - 333).exponent).toBe(0);
  });

  const points = fc.array(
    fc.tuple(
      fc.integer({ min: -5000, max: 5000 }),
      fc.integer({ min: START, max: START + 900_000 }),
      fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY)),
    ),
    { minLength: 1, maxLength: 200 },
  );
  const numbers = fc.constantFrom<[1 | 16 | 256, 'step' | 'time']>(
    [1, 'step'],
    [16, 'step'],
    [16, 'time'],
    [256, 'time'],
  );

  test('are read as they were written, whatever stands before and behind them', () => {
    fc.assert(
      fc.property(points, numbers, fc.string({ minLength: 1 }), (list, [per, coordinate], key) => {
        const column = (i: 0 | 1 | 2) => Float64Array.from(list, (point) => point[i]);
        const series = { key, steps: column(0), times: column(1), values: column(2) };
        const cells = cellsOf(series, coordinate, per, START - 333);
        const other = cellsOf({ ...series, key: `${key}é` }, 'step', 16, 0);
        const bytes = encodeCells([other, cells, other]);
        expect(bytes.length).toBeLessThanOrEqual(
          packedSize(key, cells.count.length) + 2 * packedSize(other.key, other.count.length),
        );
        expect(decodeCells(bytes, new Set([key]))).toEqual([cells]);
        expect(cells.count.reduce((sum, n) => sum + n, 0)).toBe(list.length);
      }),
      seeded(300),
    );
  });
});

describe('a long series', () => {
  const SIZE = 320_000;
  let run: string;
  beforeAll(async () => {
    run = await logLong(SIZE, (i) => (i === 123_457 ? 1e6 : i === 200_001 ? Number.NaN : Math.sin(i / 900)));
  });

  test.each([
    ['step', SIZE, 1000],
    ['relative', SIZE / 4, 1000],
    ['wall', SIZE * 250, 1000],
    ['step', SIZE, 100],
    ['relative', SIZE / 4, 100],
    ['wall', SIZE * 250, 100],
  ] as const)(
    'is drawn by %s over %d without its points, to %d: what is not there cannot have been read',
    async (axis, span, points) => {
      const query = { runs: [run], keys: ['loss'], points, axis, from: undefined, to: undefined };
      const before = await readMetrics(opened.deps, query);
      const [series] = before.series;
      expect(series!.total).toBe(SIZE);
      expect(series!.shown).toBeGreaterThan(0.75 * points);
      expect(before.grid!.width * series!.shown).toBeGreaterThanOrEqual(span);
      expect(Math.max(...series!.max!.map(Number))).toBe(1e6);
      expect(series!.nan!.filter((n) => n > 0)).toEqual([1]);
      const kept = await opened.deps.db.all(
        'SELECT part, key_group, data FROM metric_segments WHERE run = ? AND level = 0',
        [run],
      );
      expect(kept.length).toBeGreaterThan(15);
      await opened.deps.db.all("UPDATE metric_segments SET data = x'' WHERE run = ? AND level = 0", [run]);
      try {
        expect(await readMetrics(opened.deps, query)).toEqual(before);
      } finally {
        for (const { part, key_group, data } of kept) {
          await opened.deps.db.all(
            'UPDATE metric_segments SET data = ? WHERE run = ? AND level = 0 AND part = ? AND key_group = ?',
            [data!, run, part!, key_group!],
          );
        }
      }
    },
  );

  test('is exact where the range holds no more points than asked for, and states its grid elsewhere', async () => {
    const ask = async (from: number, to: number) => {
      const query = { runs: [run], keys: ['loss'], points: 1000, axis: 'step' as const, from, to };
      const reply = await readMetrics(opened.deps, query);
      return { grid: reply.grid, series: reply.series[0]! };
    };
    const exact = await ask(123_000, 123_999);
    expect(exact.grid).toBeNull();
    expect(exact.series).toMatchObject({ exact: true, total: 1000, shown: 1000 });
    expect(exact.series.value[457]).toBe(1e6);
    const inexact = await ask(123_000, 124_000);
    expect(inexact.series).toMatchObject({ exact: false, total: 1001 });
    expect(inexact.grid).toEqual({ origin: 123_000, width: 2, count: 501 });
  });

  test('no stored value comes near the limit of one', async () => {
    const [row] = await opened.deps.db.all('SELECT MAX(length(data)) AS most FROM metric_segments');
    expect(Number(row!.most)).toBeLessThanOrEqual(1_001_000);
  });
});

test('a run that goes takes its packs along, and no other’s', async () => {
  const [gone, kept] = [await logLong(20_000, (i) => i), await logLong(20_000, (i) => -i)];
  const packs = async () => Number((await opened.deps.db.all('SELECT COUNT(*) AS n FROM metric_packs'))[0]!.n);
  const own = async (run: string) =>
    Number((await opened.deps.db.all('SELECT COUNT(pack) AS n FROM metric_segments WHERE run = ?', [run]))[0]!.n);
  const [before, its] = [await packs(), await own(gone)];
  expect(its).toBeGreaterThan(0);
  await opened.deps.db.all('DELETE FROM runs WHERE id = ?', [gone]);
  expect(await packs()).toBe(before - its);
  const query = { runs: [kept], keys: ['loss'], points: 5000, axis: 'step' as const, from: 100, to: 200 };
  expect((await readMetrics(opened.deps, query)).series[0]!.value[0]).toBe(-100);
});

test('several processes log to one run without a lease: nothing is lost or doubled', async () => {
  const { run } = await startRun();
  const WRITERS = 4;
  const CALLS = 25;
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let call = 0; call < CALLS; call++) {
        const steps = Array.from({ length: 40 }, (_, i) => (call * 40 + i) * WRITERS + writer);
        const values = steps.map((step) => step + writer / 10);
        const series = [{ key: 'loss', steps, times: steps.map((step) => START + step), values }];
        await logRun(opened.deps, run, { series, lines: [] });
      }
    }),
  );
  const { series } = await readMetrics(opened.deps, {
    runs: [run],
    keys: ['loss'],
    points: 5000,
    axis: 'step',
    from: undefined,
    to: undefined,
  });
  expect(series[0]!.step).toEqual(Array.from({ length: WRITERS * CALLS * 40 }, (_, i) => i));
  expect(series[0]!.value).toEqual(series[0]!.step.map((step) => step + (step % WRITERS) / 10));
});

test('twelve thousand keys in one run', async () => {
  const KEYS = 12_000;
  const wide = await openDeps({}, ':memory:');
  const { id: run, session } = await registerRun(wide.deps, user, { experiment: freshName() });
  const holder = { run, attempt: 1, token: session!.token };
  const name = (key: number) => `layer/${key}/norm`;
  for (let seq = 1; seq <= 12; seq++) {
    const series = Array.from({ length: KEYS }, (_, key) => ({
      key: name(key),
      steps: [seq],
      times: [START + seq],
      values: [key * seq],
    }));
    await appendBatch(wide.deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
  }
  const keys = [0, 5999, KEYS - 1].map(name);
  const query = { runs: [run], keys, points: 100, axis: 'step' as const, from: undefined, to: undefined };
  const { series } = await readMetrics(wide.deps, query);
  expect(series.map(({ value }) => value)).toEqual(
    [0, 5999, KEYS - 1].map((key) => Array.from({ length: 12 }, (_, i) => key * (i + 1))),
  );
  const [largest] = await wide.deps.db.all(
    `SELECT (SELECT MAX(length(data)) FROM metric_segments) AS segment, (SELECT MAX(length(data)) FROM metric_chunks) AS chunk,
       (SELECT MAX(length(summary)) FROM live) AS summary`,
  );
  for (const size of Object.values(largest!)) expect(Number(size)).toBeLessThan(1_000_000);
  await wide.close();
}, 60_000);
