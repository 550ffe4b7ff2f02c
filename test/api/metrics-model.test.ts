import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { type OpenDeps, openDeps, START } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';
import { type Action, type Axis_, compare, compareSummary, play, prepareWorker, type Range } from './metrics-model.ts';

let opened: OpenDeps;
beforeAll(async () => {
  // In memory: what is written here need not outlive a power cut.
  opened = await openDeps({}, ':memory:');
  await prepareWorker(opened);
});
afterAll(() => opened.close());

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

const KEYS = ['loss', 'val/loss', 'epoch', 'rare key', 'never'];
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
        const ended = await play(opened, list, async (run, attempts) => {
          await compareSummary(opened.deps, run, attempts);
          await compare(opened.deps, run, attempts, axis, count, scaled, KEYS);
        });
        await withoutLevels(ended.run, 3);
        await compare(opened.deps, ended.run, ended.attempts, axis, count, scaled, KEYS);
        await withoutLevels(ended.run, 1);
        await compare(opened.deps, ended.run, ended.attempts, axis, count, scaled, KEYS);
      },
    ),
    seeded(100),
  );
}, 400_000);
