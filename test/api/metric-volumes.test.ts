import type { BlobStore } from '@tidemark/api/blobs/store';
import { checkProject, repairProject } from '@tidemark/api/check/check';
import { type Deps, defaultLimits } from '@tidemark/api/deps';
import { exportHistory } from '@tidemark/api/metrics/export';
import { moveParts } from '@tidemark/api/metrics/move';
import { tick } from '@tidemark/api/tick';
import type { Database } from '@tidemark/db/database';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';
import {
  type Action,
  type Axis_,
  compare,
  compareSummary,
  type ModelAttempt,
  play,
  prepareWorker,
  type Range,
  visible,
} from './metrics-model.ts';

const KEYS = ['loss', 'val/loss', 'epoch', 'rare key', 'never'];
const DAY = 86_400_000;

let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps(
    { limits: { ...defaultLimits, requestsPerSecond: 0, moveAfter: 0, moveLeast: 0, volume: 30_000 } },
    ':memory:',
  );
  await prepareWorker(opened);
});
afterAll(() => opened.close());

/** Fails at the n-th call of store and database together: before it is done, or after, so that only the answer is lost. */
function crashing({ db, blobs, ...rest }: Deps, at: number, after: boolean, report: (error: unknown) => void): Deps {
  let calls = 0;
  const wrap =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const mine = ++calls;
      if (mine >= at && !(mine === at && after)) throw new Error('crash');
      const result = await call(...args);
      if (mine === at) throw new Error('crash');
      return result;
    };
  const store: BlobStore = { ...blobs, put: wrap(blobs.put), get: wrap(blobs.get), size: wrap(blobs.size) };
  const database: Database = { ...db, all: wrap(db.all) as Database['all'], batch: wrap(db.batch) };
  return { ...rest, db: database, blobs: store, report };
}

const points = fc.array(
  fc.record({
    key: fc.constantFrom('loss', 'val/loss', 'epoch', 'rare key'),
    step: fc.integer({ min: -3, max: 60 }),
    time: fc.integer({ min: START, max: START + 500_000 }),
    value: fc.constantFrom(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, 0, -0, 5e-324),
  }),
  { minLength: 1, maxLength: 8 },
);
const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('log' as const),
        points,
        copies: fc.constantFrom(1, 40, 900),
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
  ),
  { minLength: 2, maxLength: 12 },
);

async function historyOf(run: string): Promise<string[]> {
  const reply = await exportHistory(opened.deps, run, { format: 'ndjson' });
  return (await reply.text()).split('\n').filter((line) => line !== '');
}

const left = async (table: string) => Number((await opened.deps.db.all(`SELECT COUNT(*) AS n FROM ${table}`))[0]!.n);

async function look(run: string, attempts: ModelAttempt[], axis: Axis_, count: number, range: Range): Promise<void> {
  await compareSummary(opened.deps, run, attempts);
  await compare(opened.deps, run, attempts, axis, count, range, KEYS);
}

test('points that move are read as the naive list has them, whatever crashes between which steps', async () => {
  let volumes = 0;
  let crashes = 0;
  await fc.assert(
    fc.asyncProperty(
      actions,
      fc.constantFrom<Axis_>('step', 'wall', 'relative', 'epoch'),
      fc.constantFrom(7, 40, 500, 50_000),
      fc.constantFrom<Range>([], [0, 20], [10], [undefined, 15], [-900, 2000]),
      fc.array(fc.record({ at: fc.integer({ min: 1, max: 16 }), after: fc.boolean() }), { maxLength: 8 }),
      async (list, axis, count, range, plans) => {
        const { deps, clock } = opened;
        const scaled = axis === 'wall' ? (range.map((x) => x && START + x * 8000) as Range) : range;
        // What stands for checkpoints in the model has no bytes, and is swept when nothing names it.
        await deps.db.all('INSERT INTO blobs (digest, size, created_at) VALUES (?, 1, 1) ON CONFLICT DO NOTHING', [
          'd'.repeat(64),
        ]);
        const { run, attempts } = await play(opened, list, async () => {});
        const before = await historyOf(run);
        expect(before).toHaveLength(visible(attempts).length);
        const [parts] = await deps.db.all(
          `SELECT COUNT(*) AS n, SUM(length(COALESCE(p.data, s.data))) AS bytes FROM metric_segments AS s
           LEFT JOIN metric_packs AS p ON p.id = s.pack WHERE run = ? AND level = 0`,
          [run],
        );
        for (const { at, after } of plans) {
          const failed = (error: unknown): void => {
            expect(String(error)).toBe('Error: crash');
            crashes++;
          };
          await moveParts(crashing(deps, at, after, failed)).catch(failed);
          await look(run, attempts, axis, count, scaled);
          expect(await historyOf(run)).toEqual(before);
        }
        for (let steps = 0; (await left('metric_moves')) > 0; steps++) {
          expect(steps).toBeLessThan(300);
          await moveParts(deps);
        }
        await look(run, attempts, axis, count, scaled);
        expect(await historyOf(run)).toEqual(before);
        const [now] = await deps.db.all(
          'SELECT COUNT(*) AS n, COUNT(volume) AS moved, COUNT(pack) AS packs, SUM(length(data)) AS here, SUM(size) AS bytes FROM metric_segments WHERE run = ? AND level = 0',
          [run],
        );
        expect(now).toEqual({
          n: parts!.n,
          moved: parts!.n,
          packs: 0,
          here: parts!.n === 0 ? null : 0,
          bytes: parts!.bytes,
        });
        // No pack without a row, and no row without its pack.
        const [packs] = await deps.db.all(
          'SELECT (SELECT COUNT(*) FROM metric_packs) AS packs, (SELECT COUNT(pack) FROM metric_segments) AS named',
        );
        expect(packs!.packs).toBe(packs!.named);
        volumes += Number((await deps.db.all('SELECT COUNT(*) AS n FROM metric_volumes WHERE run = ?', [run]))[0]!.n);
        // What crashes left is swept; what is named stays.
        for (let ticks = 0; ticks < 4; ticks++) {
          clock.now += DAY + 3_600_001;
          await tick(deps);
        }
        const stored = (await deps.blobs.list(null, 1000)).blobs.map(({ digest }) => digest);
        const named = await deps.db.all('SELECT digest FROM metric_volumes ORDER BY digest');
        expect(stored).toEqual(named.map(({ digest }) => digest));
        expect(await historyOf(run)).toEqual(before);
      },
    ),
    seeded(20),
  );
  expect(volumes).toBeGreaterThan(10);
  expect(crashes).toBeGreaterThan(10);
}, 300_000);

describe('a run of some hundred kilobytes', () => {
  const big: Action[] = Array.from({ length: 20 }, (_, i) => ({
    kind: 'log',
    points: [
      { key: 'loss', step: i * 1000, time: START + i, value: i },
      { key: 'epoch', step: i * 1000, time: START + i, value: i },
    ],
    copies: 900,
    stride: 1,
  }));

  test('stays for a day, then goes in several steps, and is not asked for again', async () => {
    const { deps, clock, close } = await openDeps(
      { limits: { ...defaultLimits, requestsPerSecond: 0, volume: 200_000 } },
      ':memory:',
    );
    const other = { ...opened, deps, clock };
    await prepareWorker(other);
    const { run, attempts } = await play(other, big, async () => {});
    const end = clock.now;
    expect(await moveParts(deps)).toBe(end + DAY);
    clock.now = end + DAY - 1;
    expect(await moveParts(deps)).toBe(end + DAY);
    clock.now = end + DAY;
    const counts: number[] = [];
    while ((await moveParts(deps)) !== null) {
      const [row] = await deps.db.all('SELECT COUNT(volume) AS n FROM metric_segments WHERE run = ?', [run]);
      counts.push(Number(row!.n));
    }
    expect(counts.length).toBeGreaterThan(1);
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
    await compare(deps, run, attempts, 'step', 100_000, [], ['loss', 'epoch']);
    // A volume says by itself what is in it.
    const [first] = await deps.db.all<{ digest: string }>('SELECT digest FROM metric_volumes ORDER BY volume LIMIT 1');
    const blob = await deps.blobs.get(first!.digest);
    const bytes = new Uint8Array(await new Response(blob!.body).arrayBuffer());
    expect(new TextDecoder().decode(bytes.subarray(-8))).toBe('TDMVOL01');
    const length = new DataView(bytes.buffer).getUint32(bytes.length - 12, true);
    const contents = JSON.parse(new TextDecoder().decode(bytes.subarray(bytes.length - 12 - length, -12)));
    const rows = await deps.db.all(
      'SELECT part, key_group, start, size FROM metric_segments WHERE volume = 1 ORDER BY start',
    );
    expect(contents).toEqual({
      run,
      attempt: 1,
      rows: rows.map(({ part, key_group, start, size }) => [part, key_group, start, size]),
    });
    await close();
  });

  test('that is shorter than a blob is worth stays', async () => {
    const { deps, clock, close } = await openDeps(
      { limits: { ...defaultLimits, requestsPerSecond: 0, moveAfter: 0 } },
      ':memory:',
    );
    const other = { ...opened, deps, clock };
    await prepareWorker(other);
    await play(other, big.slice(0, 4), async () => {});
    expect(await moveParts(deps)).toBe(null);
    expect((await deps.db.all('SELECT 1 FROM metric_volumes')).length).toBe(0);
    await close();
  });

  test('a doctor reads its volumes, and tells of one that is gone; others’ points stay', async () => {
    const { deps, clock, close } = await openDeps(
      { limits: { ...defaultLimits, requestsPerSecond: 0, moveAfter: 0, volume: 200_000 } },
      ':memory:',
    );
    const other = { ...opened, deps, clock };
    await prepareWorker(other);
    await deps.db.all('DELETE FROM blobs');
    const { run } = await play(other, big, async () => {});
    while ((await moveParts(deps)) !== null);
    const checked = { db: deps.db, blobs: deps.blobs, now: clock.now, deep: true };
    expect((await checkProject(checked)).map(({ what }) => what)).toEqual([]);
    const [gone] = await deps.db.all<{ digest: string }>('SELECT digest FROM metric_volumes WHERE volume = 2');
    await deps.blobs.delete([gone!.digest]);
    await expect(exportHistory(deps, run, { format: 'ndjson' }).then((reply) => reply.text())).rejects.toMatchObject({
      code: 'unavailable',
    });
    const told = (await checkProject(checked)).map(({ what }) => what).join('\n');
    expect(told).toMatch(/cannot be read/);
    expect(told).toMatch(new RegExp(`${gone!.digest} is missing in the store \\(metric_volumes of ${run}`));
    expect(await repairProject(checked, await checkProject(checked))).toEqual([]);
    const lines = (await (await exportHistory(deps, run, { format: 'ndjson' })).text()).trimEnd().split('\n');
    const [figures] = await deps.db.all('SELECT SUM(count) AS n FROM metric_series WHERE run = ?', [run]);
    expect(lines.length).toBe(figures!.n);
    expect(lines.length).toBeGreaterThan(10_000);
    await close();
  });

  test('a store that is full keeps the tick from nothing else, and is asked again in a minute', async () => {
    const told: unknown[] = [];
    const { deps, clock, scheduled, close } = await openDeps(
      {
        limits: { ...defaultLimits, requestsPerSecond: 0, moveAfter: 0 },
        report: (error) => void told.push(error),
      },
      ':memory:',
    );
    const other = { ...opened, deps, clock };
    await prepareWorker(other);
    await play(other, big, async () => {});
    const blobs = { ...deps.blobs, put: () => Promise.reject(new Error('no room left')) };
    await tick({ ...deps, blobs });
    expect(String(told)).toBe('Error: no room left');
    expect(scheduled.at(-1)).toBe(clock.now + 60_000);
    await tick(deps);
    expect((await deps.db.all('SELECT 1 FROM metric_volumes')).length).toBe(1);
    await close();
  });

  test('that is deleted for good takes its volumes along', async () => {
    const { deps, clock, close } = await openDeps(
      { limits: { ...defaultLimits, requestsPerSecond: 0, moveAfter: 0 } },
      ':memory:',
    );
    const other = { ...opened, deps, clock };
    await prepareWorker(other);
    const { run } = await play(other, big, async () => {});
    while ((await moveParts(deps)) !== null);
    expect((await deps.blobs.list(null, 10)).blobs.length).toBe(1);
    await deps.db.all('UPDATE runs SET deleted_at = ? WHERE id = ?', [clock.now, run]);
    for (let ticks = 0; ticks < 4; ticks++) {
      clock.now += 31 * DAY;
      await tick(deps);
    }
    expect((await deps.db.all('SELECT 1 FROM metric_volumes')).length).toBe(0);
    expect((await deps.blobs.list(null, 10)).blobs).toEqual([]);
    await close();
  });
});
