import { randomBytes } from 'node:crypto';
import { fromNumber } from '@tidemark/api/contract/common';
import type { Axis } from '@tidemark/api/contract/metrics';
import { recordCheckpoint } from '@tidemark/api/leases/checkpoint';
import { claimRun } from '@tidemark/api/leases/claim';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { releaseAttempt } from '@tidemark/api/leases/release';
import { appendBatch } from '@tidemark/api/metrics/append';
import { readMetrics } from '@tidemark/api/metrics/read';
import { getRun } from '@tidemark/api/runs/get';
import { registerRun } from '@tidemark/api/runs/register';
import { helloWorker } from '@tidemark/api/workers/hello';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { config, freshName } from '../contract/documents.ts';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps();
  const host = { hostname: 'h', os: 'l', cpu: 'c', cores: 1, memory: 1, gpus: [], node: '20', version: '0' };
  await helloWorker(opened.deps, 'w', {
    name: 'w',
    labels: [],
    slots: 1,
    engine: 'onnx',
    device: 'cpu',
    host,
    state: 'active',
  });
  const digest = 'd'.repeat(64);
  await opened.deps.db.all('INSERT INTO blobs (digest, size, created_at) VALUES (?, 1, 1)', [digest]);
});
afterAll(() => opened.close());

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

interface Point {
  key: string;
  step: number;
  time: number;
  value: number;
}
type Action =
  | { kind: 'log'; points: Point[]; copies: number; stride: number }
  | { kind: 'checkpoint'; step: number }
  | { kind: 'resume'; pause: number }
  | { kind: 'advance'; ms: number };

const values = fc.oneof(
  { weight: 8, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e17, 5e-324),
);
const points = fc.array(
  fc.record({
    key: fc.constantFrom('loss', 'val/loss', 'epoch', 'rare key'),
    step: fc.integer({ min: -3, max: 60 }),
    time: fc.integer({ min: START, max: START + 500_000 }),
    value: values,
  }),
  { maxLength: 12 },
);
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    // `copies` makes some batches large enough to seal tails, fill chunks and build parts.
    {
      weight: 6,
      // `stride` moves each of them on, forwards or back, so that series are long and cells wide.
      arbitrary: fc.record({
        kind: fc.constant('log' as const),
        points,
        copies: fc.constantFrom(1, 1, 1, 40, 900),
        stride: fc.constantFrom(0, 1, 50, -7),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('checkpoint' as const), step: fc.integer({ min: 0, max: 60 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resume' as const), pause: fc.integer({ min: 0, max: 9000 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
    },
  ),
  { minLength: 1, maxLength: 14 },
);

/** The naive model: attempts with their points in one list each. */
interface ModelAttempt {
  points: Point[];
  startedAt: number;
  endedAt: number | null;
  resume: number | null;
}

const visible = (attempts: ModelAttempt[]): { point: Point; attempt: number }[] =>
  attempts.flatMap((attempt, index) => {
    const limit = Math.min(
      Number.POSITIVE_INFINITY,
      ...attempts.slice(index + 1).map((later) => later.resume ?? Number.NEGATIVE_INFINITY),
    );
    return attempt.points.filter((point) => point.step <= limit).map((point) => ({ point, attempt: index }));
  });

function placed(attempts: ModelAttempt[], axis: Axis_): ((point: Point, attempt: number) => number) | null {
  if (axis === 'step') return (point) => point.step;
  if (axis === 'wall') return (point) => point.time;
  if (axis === 'relative') {
    return (point, attempt) => {
      const before = attempts
        .slice(0, attempt)
        .reduce((sum, { startedAt, endedAt }) => sum + (endedAt! - startedAt), 0);
      return (before + point.time - attempts[attempt]!.startedAt) / 1000;
    };
  }
  const byStep = new Map<number, number>();
  for (const { point } of visible(attempts))
    if (point.key === 'epoch' && Number.isFinite(point.value)) byStep.set(point.step, point.value);
  if (byStep.size === 0) return null;
  if (!byStep.has(0)) byStep.set(0, 0);
  const knots = [...byStep].sort(([a], [b]) => a - b);
  return ({ step }) => {
    if (knots.length === 1) return knots[0]![1];
    let i = 0;
    while (i < knots.length - 2 && knots[i + 1]![0] <= step) i++;
    const [[s0, e0], [s1, e1]] = [knots[i]!, knots[i + 1]!];
    return e0 + ((step - s0) / (s1 - s0)) * (e1 - e0);
  };
}
type Range = [(number | undefined)?, number?];
type Axis_ = (typeof Axis)['options'][number];

/** Plays a run with the real verbs; `look` sees it live, with all that was logged, and once more when it has ended. */
async function play(
  list: readonly Action[],
  look: (run: string, attempts: ModelAttempt[]) => Promise<void>,
): Promise<{ run: string; attempts: ModelAttempt[] }> {
  const { deps, clock } = opened;
  const label = `play=${randomBytes(8).toString('hex')}`;
  const { id: run } = await registerRun(deps, user, { experiment: freshName(), config: config(), requires: [label] });
  const take = async () => {
    const { lease } = await claimRun(deps, { claimId: randomBytes(8).toString('hex'), worker: 'w', labels: [label] });
    if (lease?.run !== run) throw new Error('the run was not claimed');
    return { run, attempt: lease.attempt, token: lease.token };
  };
  let holder = await take();
  let seq = 0;
  let newest: number | null = null;
  const attempts: ModelAttempt[] = [{ points: [], startedAt: clock.now, endedAt: null, resume: null }];
  for (const action of list) {
    const current = attempts.at(-1)!;
    if (action.kind === 'advance') clock.now += action.ms;
    if (action.kind === 'log') {
      const { copies, stride } = action;
      const all = Array.from({ length: copies }, (_, copy) =>
        action.points.map((point) => ({
          ...point,
          step: point.step + copy * stride,
          time: point.time + copy * stride * 130,
        })),
      ).flat();
      const byKey = new Map<string, Point[]>();
      for (const point of all) byKey.set(point.key, [...(byKey.get(point.key) ?? []), point]);
      const series = [...byKey].map(([key, own]) => ({
        key,
        steps: own.map(({ step }) => step),
        times: own.map(({ time }) => time),
        values: own.map(({ value }) => fromNumber(value)),
      }));
      seq++;
      const batch = { firstSeq: seq, lastSeq: seq, series, lines: [] };
      await appendBatch(deps, holder, batch);
      // A lost answer: the same again.
      if (seq % 3 === 0) await appendBatch(deps, holder, batch);
      current.points.push(...[...byKey.values()].flat());
    }
    if (action.kind === 'checkpoint') {
      const kept: ('best' | 'latest')[] = ['latest'];
      const body = {
        ...holder,
        throughSeq: seq,
        step: action.step,
        epoch: 0,
        digest: 'd'.repeat(64),
        size: 1,
        kept,
        metrics: {},
      };
      await recordCheckpoint(deps, holder, body);
      newest = Math.max(newest ?? 0, action.step);
    }
    if (action.kind === 'resume') {
      await releaseAttempt(deps, holder, 'tester');
      current.endedAt = clock.now;
      clock.now += action.pause;
      holder = await take();
      seq = 0;
      attempts.push({ points: [], startedAt: clock.now, endedAt: null, resume: newest });
    }
  }
  await look(run, attempts);
  await finishAttempt(deps, { holder, finalSeq: seq, outcome: 'finished', actor: 'tester' });
  await look(run, attempts);
  return { run, attempts };
}

async function compare(
  run: string,
  attempts: ModelAttempt[],
  axis: Axis_,
  points: number,
  range: Range,
): Promise<void> {
  const { deps } = opened;
  const keys = ['loss', 'val/loss', 'epoch', 'rare key', 'never'];
  const [from, to] = range;
  const reply = await readMetrics(deps, { runs: [run], keys, points, axis, from, to });
  const place = placed(attempts, axis);
  if (!place) {
    expect(reply).toMatchObject({ series: [], unplaced: [run] });
    return;
  }
  const all = visible(attempts);
  const expected = keys.flatMap((key) => {
    const own = all.filter(({ point }) => point.key === key);
    if (own.length === 0) return [];
    const inRange = own
      .map(({ point, attempt }) => ({ ...point, x: place(point, attempt) }))
      .filter(({ x }) => (from === undefined || x >= from) && (to === undefined || x <= to))
      .map((point, order) => ({ ...point, order }))
      .sort((a, b) => a.x - b.x || a.order - b.order);
    return [{ key, inRange }];
  });
  expect(reply.series.map(({ key }) => key)).toEqual(expected.map(({ key }) => key));
  for (const [index, { inRange }] of expected.entries()) {
    const series = reply.series[index]!;
    expect(series.total).toBe(inRange.length);
    expect(series.exact).toBe(inRange.length <= points);
    expect(series.shown).toBe(series.x.length);
    if (series.exact) {
      expect(series.x).toEqual(inRange.map(({ x }) => x));
      expect(series.step).toEqual(inRange.map(({ step }) => step));
      expect(series.time).toEqual(inRange.map(({ time }) => time));
      expect(series.value).toEqual(inRange.map(({ value }) => fromNumber(value)));
      continue;
    }
    const { origin, width, count } = reply.grid!;
    expect(count).toBeLessThanOrEqual(points);
    expect(origin).toBeLessThanOrEqual(inRange[0]!.x);
    // Narrower buckets of the same kind would be too many: the budget is used.
    if (axis === 'step' && from === undefined && to === undefined && points >= 7) {
      const ends = expected.flatMap(({ inRange }) => (inRange.length > 0 ? [inRange[0]!.x, inRange.at(-1)!.x] : []));
      const span = Math.max(...ends) - Math.min(...ends) + 1;
      if (span > 2 * points) expect(span / width).toBeGreaterThan(points * 0.5);
      expect(origin + count * width).toBeGreaterThan(Math.max(...ends));
    }
    expect(series.shown).toBeLessThanOrEqual(count);
    const buckets = new Map<number, typeof inRange>();
    for (const point of inRange) {
      const bucket = Math.min(count - 1, Math.max(0, Math.floor((point.x - origin) / width)));
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), point]);
    }
    const ordered = [...buckets].sort(([a], [b]) => a - b).map(([, list]) => list);
    expect(series.count).toEqual(ordered.map((list) => list.length));
    expect(series.first).toEqual(ordered.map((list) => fromNumber(list[0]!.value)));
    expect(series.value).toEqual(ordered.map((list) => fromNumber(list.at(-1)!.value)));
    expect(series.x).toEqual(ordered.map((list) => list.at(-1)!.x));
    const finite = ordered.map((list) => list.map(({ value }) => value).filter(Number.isFinite));
    // JSON has one zero, and of 0 and −0 either may be the least.
    const extreme = (of: (a: number, b: number) => number) =>
      finite.map((list) => (list.length > 0 ? list.reduce((a, b) => of(a, b)) + 0 : null));
    const oneZero = (list: readonly unknown[]) => list.map((value) => (value === 0 ? 0 : value));
    expect(oneZero(series.min!)).toEqual(extreme(Math.min));
    expect(oneZero(series.max!)).toEqual(extreme(Math.max));
    for (const [i, list] of finite.entries()) {
      if (list.length === 0) expect(series.mean![i]).toBeNull();
      else {
        const scale = Math.max(...list.map(Math.abs), 1e-300);
        expect(
          Math.abs(series.mean![i]! - list.reduce((sum, value) => sum + value / list.length, 0)) / scale,
        ).toBeLessThan(1e-9);
      }
    }
    const counted = (name: 'nan' | 'positiveInfinity' | 'negativeInfinity', is: (value: number) => boolean) => {
      const counts = ordered.map((list) => list.filter(({ value }) => is(value)).length);
      expect(series[name] ?? counts.map(() => 0)).toEqual(counts);
    };
    counted('nan', Number.isNaN);
    counted('positiveInfinity', (value) => value === Number.POSITIVE_INFINITY);
    counted('negativeInfinity', (value) => value === Number.NEGATIVE_INFINITY);
  }
}

async function compareSummary(run: string, attempts: ModelAttempt[]): Promise<void> {
  const { metrics } = await getRun(opened.deps, run);
  const all = visible(attempts).map(({ point }) => point);
  const keys = [...new Set(all.map(({ key }) => key))];
  expect(Object.keys(metrics).toSorted()).toEqual(keys.toSorted());
  for (const key of keys) {
    const own = all.filter((point) => point.key === key);
    const byStep = own
      .map((point, order) => ({ ...point, order }))
      .sort((a, b) => a.step - b.step || a.order - b.order);
    const finite = byStep.filter(({ value }) => Number.isFinite(value));
    const min = finite.reduce<Point | null>(
      (best, point) => (best === null || point.value < best.value ? point : best),
      null,
    );
    const max = finite.reduce<Point | null>(
      (best, point) => (best === null || point.value > best.value ? point : best),
      null,
    );
    const last = byStep.at(-1)!;
    expect(metrics[key]).toEqual({
      count: own.length,
      last: last.value === 0 ? 0 : fromNumber(last.value),
      lastStep: last.step,
      min: min ? min.value + 0 : null,
      minStep: min?.step ?? null,
      max: max ? max.value + 0 : null,
      maxStep: max?.step ?? null,
    });
  }
}

const ranges = fc.constantFrom<Range>([], [0, 20], [10], [undefined, 15], [30, 30], [-900, 2000], [333]);

/** Parts as they were written before there were levels, or with a level missing. */
const withoutLevels = (run: string, least: number) =>
  opened.deps.db.all('DELETE FROM metric_segments WHERE run = ? AND level >= ?', [run, least]);

test('what is read of a run is what a naive list of its points says, at every zoom and on every axis', async () => {
  await fc.assert(
    fc.asyncProperty(
      actions,
      fc.constantFrom<Axis_>('step', 'wall', 'relative', 'epoch'),
      fc.constantFrom(2, 7, 40, 500, 5000),
      ranges,
      async (list, axis, count, range) => {
        const scaled = axis === 'wall' ? (range.map((x) => x && START + x * 8000) as Range) : range;
        const ended = await play(list, async (run, attempts) => {
          await compareSummary(run, attempts);
          await compare(run, attempts, axis, count, scaled);
        });
        await withoutLevels(ended.run, 3);
        await compare(ended.run, ended.attempts, axis, count, scaled);
        await withoutLevels(ended.run, 1);
        await compare(ended.run, ended.attempts, axis, count, scaled);
      },
    ),
    seeded(100),
  );
}, 120_000);
