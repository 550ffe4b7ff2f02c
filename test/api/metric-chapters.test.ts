import { appendBatch } from '@tidemark/api/metrics/append';
import { cellsOf } from '@tidemark/api/metrics/cells';
import { decodeHead } from '@tidemark/api/metrics/chapters';
import { mergeCells } from '@tidemark/api/metrics/merge';
import { readMetrics } from '@tidemark/api/metrics/read';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshName } from '../contract/documents.ts';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';
import {
  type Action,
  compare,
  type ModelAttempt,
  type Point,
  play,
  prepareWorker,
  type Range,
} from './metrics-model.ts';

let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps({}, ':memory:');
  await prepareWorker(opened);
});
afterAll(() => opened.close());

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

const chaptersOf = async (run: string) =>
  (
    await opened.deps.db.all(
      'SELECT part, data, keys FROM metric_segments WHERE run = ? AND level = 5 ORDER BY attempt, part',
      [run],
    )
  ).map((row) => ({ ...decodeHead(Number(row.part), row.data as Uint8Array), keys: JSON.parse(String(row.keys)) }));

test('cells merged are the cells of the points together', () => {
  const list = (min: number, max: number) =>
    fc.array(
      fc.tuple(
        fc.integer({ min, max }),
        fc.integer({ min: START, max: START + 900_000 }),
        fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
      ),
      { minLength: 1, maxLength: 80 },
    );
  const seriesOf = (points: [number, number, number][]) => {
    const column = (i: 0 | 1 | 2) => Float64Array.from(points, (point) => point[i]);
    return { key: 'k', steps: column(0), times: column(1), values: column(2) };
  };
  fc.assert(
    fc.property(list(-90, 90), list(-5000, 5000), fc.constantFrom('step', 'time'), (a, b, coordinate) => {
      const phase = coordinate === 'step' ? 0 : START - 333;
      const merged = mergeCells(
        cellsOf(seriesOf(a), coordinate, 16, phase),
        cellsOf(seriesOf(b), coordinate, 16, phase),
      );
      // All the points at once, in cells made as wide: a cell's index tells which of the merged it is.
      const width = 2 ** merged.exponent;
      const index = (at: number) => Math.floor((coordinate === 'step' ? at : (at - phase) / 1000) / width);
      const own = (slot: number) =>
        [...a, ...b].filter((point) => index(coordinate === 'step' ? point[0] : point[1]) === index(merged.low[slot]!));
      expect([...merged.count].reduce((sum, n) => sum + n, 0)).toBe(a.length + b.length);
      for (let slot = 0; slot < merged.count.length; slot++) {
        const points = own(slot).map(([step, time, value]) => ({
          at: coordinate === 'step' ? step : time,
          other: coordinate === 'step' ? time : step,
          step,
          value,
        }));
        const sorted = points.toSorted((p, q) => p.at - q.at);
        const finite = points.map(({ value }) => value).filter(Number.isFinite);
        expect({
          count: merged.count[slot],
          low: merged.low[slot],
          first: merged.first[slot],
          high: merged.high[slot],
          last: merged.last[slot],
          other: merged.other[slot],
          maxStep: merged.maxStep[slot],
          min: merged.min[slot]! + 0,
          max: merged.max[slot]! + 0,
          sum: merged.sum[slot]! + 0,
          nan: merged.nan[slot],
          positive: merged.positive[slot],
        }).toEqual({
          count: points.length,
          low: sorted[0]!.at,
          first: sorted[0]!.value,
          high: sorted.at(-1)!.at,
          last: sorted.at(-1)!.value,
          other: sorted.at(-1)!.other,
          maxStep: Math.max(...points.map(({ step }) => step)),
          min: Math.min(...finite) + 0,
          max: Math.max(...finite) + 0,
          sum: finite.reduce((sum, value) => sum + value, 0) + 0,
          nan: points.filter(({ value }) => Number.isNaN(value)).length,
          positive: points.filter(({ value }) => value === Number.POSITIVE_INFINITY).length,
        });
      }
    }),
    seeded(300),
  );
});

/** A log of 720 points, which is more than a tail holds: so a chunk. */
const logged = (at: number, stride: number, values: readonly number[]): Action => ({
  kind: 'log',
  copies: 60,
  stride,
  points: Array.from({ length: 12 }, (_, i): Point => {
    const step = at + (i % 7) * Math.abs(stride || 1);
    const key = i % 12 === 11 ? 'val/loss' : 'loss';
    return { key, step, time: START + 130 * step + i, value: values[Math.abs(at + i) % values.length]! };
  }),
});

test('long attempts are read by chapters as a naive list has them: in order, backwards, jumping, resumed, ranges through them', async () => {
  const value = fc.oneof(
    { weight: 9, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }) },
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  let chapters = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 1, 3, 0, -2),
      fc.constantFrom(720, 720, 30, -500, 90_000),
      fc.array(value, { minLength: 50, maxLength: 50 }),
      fc.integer({ min: 50, max: 75 }),
      fc.option(fc.integer({ min: 34, max: 49 })),
      fc.constantFrom('step' as const, 'relative' as const, 'wall' as const),
      fc.constantFrom(7, 500, 5000),
      fc.constantFrom<Range>([], [0.3, 0.7], [0.6], [undefined, 0.45]),
      async (stride, pace, values, batches, resumed, axis, points, part) => {
        const actions = Array.from({ length: batches }, (_, i) => logged(pace * i, stride, values));
        if (resumed !== null) {
          const checkpoint: Action = { kind: 'checkpoint', step: Math.max(0, pace * (resumed - 3) + 11) };
          actions.splice(resumed, 0, checkpoint, { kind: 'resume', pause: 4321 });
        }
        const look = async (run: string, attempts: readonly ModelAttempt[]) => {
          const all = attempts.flatMap(({ points }) => points);
          const places = all.map(({ step, time }) =>
            axis === 'step' ? step : axis === 'wall' ? time : (time - START) / 1000,
          );
          const low = places.reduce((a, b) => Math.min(a, b));
          const span = places.reduce((a, b) => Math.max(a, b)) - low;
          const range = part.map((share) => (share === undefined ? share : Math.round(low + share * span))) as Range;
          await compare(opened.deps, run, attempts, axis, points, range, ['loss', 'val/loss', 'never']);
        };
        opened.clock.now = START;
        const { run } = await play(opened, actions, look);
        chapters += (await chaptersOf(run)).length;
        await opened.deps.db.all('DELETE FROM runs WHERE id = ?', [run]);
      },
    ),
    seeded(6),
  );
  expect(chapters).toBeGreaterThan(5);
}, 400_000);

/** Batches of one point a key, each larger than a tail. */
async function logMany(keys: number, batches: number, rare: number, stepOf: (batch: number) => number) {
  const { id: run, session } = await registerRun(opened.deps, user, { experiment: freshName() });
  const holder = { run, attempt: 1, token: session!.token };
  const points: Point[] = [];
  for (let batch = 0; batch < batches; batch++) {
    // The last `rare` keys come only now and then.
    const some = Array.from({ length: batch % 3 === 0 ? keys : keys - rare }, (_, i) => `key/${i}`);
    const step = stepOf(batch);
    const series = some.map((key, i) => ({ key, steps: [step], times: [START + 10 * step], values: [i + batch] }));
    await appendBatch(opened.deps, holder, { firstSeq: batch + 1, lastSeq: batch + 1, series, lines: [] });
    for (const { key, steps, times, values } of series) {
      points.push({ key, step: steps[0]!, time: times[0]!, value: values[0]! });
    }
  }
  return { run, attempts: [{ points, startedAt: START, endedAt: null, resume: null }] };
}

test('a chapter that is full says so, and its other keys are found all the same', async () => {
  opened.clock.now = START;
  const { run, attempts } = await logMany(2400, 70, 1200, (batch) => batch);
  const chapters = await chaptersOf(run);
  expect(chapters.length).toBeGreaterThan(0);
  expect(chapters.some(({ full }) => full)).toBe(true);
  expect(chapters[0]!.keys.length).toBeLessThan(2400);
  for (const points of [5, 200]) {
    await compare(
      opened.deps,
      run,
      attempts,
      'step',
      points,
      [],
      ['key/0', 'key/1199', 'key/1200', 'key/2399', 'none'],
    );
    await compare(opened.deps, run, attempts, 'relative', points, [0.05, 0.5], ['key/3', 'key/2000']);
  }
}, 120_000);

test('a chapter that grows too large goes on in another, and no value comes near its limit', async () => {
  opened.clock.now = START;
  const { run, attempts } = await logMany(900, 130, 0, (batch) => Math.floor(batch / 16) * 1e9 + (batch % 16));
  const chapters = await chaptersOf(run);
  expect(chapters.length).toBeGreaterThan(1);
  for (const [i, { first }] of chapters.entries()) if (i > 0) expect(first).toBeGreaterThan(chapters[i - 1]!.last);
  await compare(opened.deps, run, attempts, 'step', 7, [], ['key/0', 'key/450', 'key/899']);
  await compare(opened.deps, run, attempts, 'step', 50, [1e9, 3e9], ['key/0', 'key/899']);
  const [most] = await opened.deps.db.all('SELECT MAX(length(data)) AS pack FROM metric_packs');
  expect(Number(most!.pack)).toBeLessThanOrEqual(1_001_000);
}, 120_000);

test('of a long series a chart reads chapters alone: what is not there cannot have been read', async () => {
  const SIZE = 1_000_000;
  const { id: run, session } = await registerRun(opened.deps, user, { experiment: freshName() });
  const holder = { run, attempt: 1, token: session!.token };
  const PER = 5000;
  for (let start = 0, seq = 1; start < SIZE; start += PER, seq++) {
    const steps = Array.from({ length: PER }, (_, i) => start + i);
    const series = [
      { key: 'loss', steps, times: steps.map((i) => START + 250 * i), values: steps.map((i) => i % 977) },
    ];
    await appendBatch(opened.deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
  }
  const query = { runs: [run], keys: ['loss', 'none'], points: 100, from: undefined, to: undefined };
  const before = await readMetrics(opened.deps, { ...query, axis: 'step' });
  expect(before.series[0]!.total).toBe(SIZE);
  const [first] = await chaptersOf(run);
  await opened.deps.db.batch([
    { sql: 'DROP TRIGGER metric_segments_pack' },
    { sql: 'DELETE FROM metric_segments WHERE run = ? AND part >= ? AND level < 5', params: [run, first!.first] },
  ]);
  expect(await readMetrics(opened.deps, { ...query, axis: 'step' })).toEqual(before);
}, 120_000);
