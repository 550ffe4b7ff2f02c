import { randomBytes } from 'node:crypto';
import { fromNumber } from '@tidemark/api/contract/common';
import type { Axis } from '@tidemark/api/contract/metrics';
import type { Deps } from '@tidemark/api/deps';
import { recordCheckpoint } from '@tidemark/api/leases/checkpoint';
import { claimRun } from '@tidemark/api/leases/claim';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { releaseAttempt } from '@tidemark/api/leases/release';
import { appendBatch } from '@tidemark/api/metrics/append';
import { readMetrics } from '@tidemark/api/metrics/read';
import { getRun } from '@tidemark/api/runs/get';
import { registerRun } from '@tidemark/api/runs/register';
import { helloWorker } from '@tidemark/api/workers/hello';
import { expect } from 'vitest';
import { config, freshName } from '../contract/documents.ts';
import type { OpenDeps } from '../support/open-libsql.ts';

export interface Point {
  key: string;
  step: number;
  time: number;
  value: number;
}
export type Action =
  | { kind: 'log'; points: Point[]; copies: number; stride: number }
  | { kind: 'checkpoint'; step: number }
  | { kind: 'resume'; pause: number }
  | { kind: 'advance'; ms: number };

/** The naive model: attempts with their points in one list each. */
export interface ModelAttempt {
  points: Point[];
  startedAt: number;
  endedAt: number | null;
  resume: number | null;
}

export const visible = (attempts: readonly ModelAttempt[]): { point: Point; attempt: number }[] =>
  attempts.flatMap((attempt, index) => {
    const limit = Math.min(
      Number.POSITIVE_INFINITY,
      ...attempts.slice(index + 1).map((later) => later.resume ?? Number.NEGATIVE_INFINITY),
    );
    return attempt.points.filter((point) => point.step <= limit).map((point) => ({ point, attempt: index }));
  });

function placed(attempts: readonly ModelAttempt[], axis: Axis_): ((point: Point, attempt: number) => number) | null {
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
export type Range = [(number | undefined)?, number?];
export type Axis_ = (typeof Axis)['options'][number];

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

/** The worker that takes the runs of `play`, and a blob for its checkpoints. */
export async function prepareWorker({ deps }: OpenDeps): Promise<void> {
  const host = { hostname: 'h', os: 'l', cpu: 'c', cores: 1, memory: 1, gpus: [], node: '20', version: '0' };
  await helloWorker(deps, 'w', {
    name: 'w',
    labels: [],
    slots: 1,
    engine: 'onnx',
    device: 'cpu',
    host,
    state: 'active',
  });
  const digest = 'd'.repeat(64);
  await deps.db.all('INSERT INTO blobs (digest, size, created_at) VALUES (?, 1, 1)', [digest]);
}

/** Plays a run with the real verbs; `look` sees it live, with all that was logged, and once more when it has ended. */
export async function play(
  opened: OpenDeps,
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

/** Every field of what is read of a run, at one zoom on one axis, against the list. */
export async function compare(
  deps: Deps,
  run: string,
  attempts: readonly ModelAttempt[],
  axis: Axis_,
  points: number,
  range: Range,
  keys: readonly string[],
): Promise<void> {
  const [from, to] = range;
  const reply = await readMetrics(deps, { runs: [run], keys: [...keys], points, axis, from, to });
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

/** What is told of each key of a run, against the list. */
export async function compareSummary(deps: Deps, run: string, attempts: readonly ModelAttempt[]): Promise<void> {
  const { metrics } = await getRun(deps, run);
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
    expect(Object.keys(metrics[key]!)).toHaveLength(7);
    expect(metrics[key]).toMatchObject({
      count: own.length,
      lastStep: last.step,
      minStep: min?.step ?? null,
      maxStep: max?.step ?? null,
    });
    expectValue(metrics[key]!.last, last.value);
    expectValue(metrics[key]!.min, min?.value ?? null);
    expectValue(metrics[key]!.max, max?.value ?? null);
  }
}

/** To the last bit; JSON has one zero. */
function expectValue(shown: number | string | null, value: number | null): void {
  if (value === 0) expect(shown).toBe(0);
  else expect(shown).toBe(value === null ? null : fromNumber(value));
}
