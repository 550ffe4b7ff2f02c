import { finishAttempt } from '@tidemark/api/leases/finish';
import { appendBatch } from '@tidemark/api/metrics/append';
import { readMetrics } from '@tidemark/api/metrics/read';
import { registerRun } from '@tidemark/api/runs/register';
import { expect, test } from 'vitest';
import { openDeps, START } from '../support/open-libsql.ts';

const KEYS = 100;
const POINTS = 20_000;
const PER_CALL = 2000;
const madeValue = (key: number, step: number): number => ((step * 7 + key) % 1000) + key;

test('a hundred keys of twenty thousand points each: live, ended, whole and zoomed, as a list of them has it', async () => {
  const { deps, close } = await openDeps({}, ':memory:');
  const { id: run, session } = await registerRun(
    deps,
    { name: 'tester', scope: 'admin', tokenId: null },
    { experiment: 'volume' },
  );
  const holder = { run, attempt: 1, token: session!.token };
  // The values repeat every thousand steps, so every call has the same columns of them.
  const values = Array.from({ length: KEYS }, (_, key) =>
    Array.from({ length: PER_CALL }, (_, i) => madeValue(key, i)),
  );
  let seq = 0;
  for (let start = 0; start < POINTS; start += PER_CALL) {
    const steps = Array.from({ length: PER_CALL }, (_, i) => start + i);
    const times = steps.map((step) => START + 500 * step);
    const series = values.map((own, key) => ({ key: `layer/${key}`, steps, times, values: own }));
    seq++;
    await appendBatch(deps, holder, { firstSeq: seq, lastSeq: seq, series, lines: [] });
  }
  const check = async (key: number, from: number, to: number, points: number) => {
    const query = { runs: [run], keys: [`layer/${key}`], axis: 'step' as const, points, from, to };
    const { grid, series } = await readMetrics(deps, query);
    const [drawn] = series;
    const inRange = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((step) => step < POINTS);
    expect(drawn!.total).toBe(inRange.length);
    if (grid === null) {
      expect(drawn!.value).toEqual(inRange.map((step) => madeValue(key, step)));
      return;
    }
    const buckets = new Map<number, number[]>();
    for (const step of inRange) {
      const bucket = Math.floor((step - grid.origin) / grid.width);
      const list = buckets.get(bucket);
      if (list) list.push(step);
      else buckets.set(bucket, [step]);
    }
    const lists = [...buckets.values()].map((steps) => steps.map((step) => madeValue(key, step)));
    expect(drawn!.count).toEqual(lists.map(({ length }) => length));
    expect(drawn!.first).toEqual(lists.map((list) => list[0]));
    expect(drawn!.value).toEqual(lists.map((list) => list.at(-1)));
    expect(drawn!.min).toEqual(lists.map((list) => Math.min(...list)));
    expect(drawn!.max).toEqual(lists.map((list) => Math.max(...list)));
    const means = lists.map((list) => list.reduce((sum, value) => sum + value, 0) / list.length);
    drawn!.mean!.forEach((mean, i) => {
      expect(mean).toBeCloseTo(means[i]!, 8);
    });
  };
  const all = async () => {
    for (const key of [0, 37, KEYS - 1]) {
      await check(key, 0, POINTS, 500);
      await check(key, 6000, 15_777, 1000);
      await check(key, 10_123, 10_900, 1000);
    }
  };
  await all();
  await finishAttempt(deps, { holder, finalSeq: seq, outcome: 'finished', actor: 'tester' });
  await all();
  await close();
}, 300_000);
