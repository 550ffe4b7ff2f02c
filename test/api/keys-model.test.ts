import { readdirSync, readFileSync } from 'node:fs';
import { fromNumber } from '@tidemark/api/contract/common';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { logRun } from '@tidemark/api/metrics/log';
import { deleteRun } from '@tidemark/api/runs/delete';
import { listKeys } from '@tidemark/api/runs/keys';
import { purgeTrash } from '@tidemark/api/runs/purge';
import { registerRun } from '@tidemark/api/runs/register';
import { restoreRun } from '@tidemark/api/runs/restore';
import { surveyKeys } from '@tidemark/api/runs/survey-keys';
import { updateRun } from '@tidemark/api/runs/update';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

interface Known {
  readonly id: string;
  readonly experiment: number;
  readonly session: { attempt: number; token: string };
  readonly params: Record<string, unknown>;
  readonly tags: Record<string, unknown>;
  readonly metrics: Record<string, unknown>;
  logged: number;
  live: boolean;
  deletedAt: number | null;
}

const name = fc.constantFrom('a', 'a/b', 'a.c', 'b', 'B/x/y');
const value = fc.constantFrom<string | number | boolean | null>(1, 1.5, true, '1', 'x', null);
type Step =
  | {
      kind: 'register';
      experiment: string;
      params: Record<string, string | number | boolean | null>;
      tags: Record<string, string>;
    }
  | { kind: 'tag'; run: number; tags: Record<string, string | null> }
  | { kind: 'log'; run: number; key: string; value: number }
  | { kind: 'finish' | 'delete' | 'restore'; run: number }
  | { kind: 'days' }
  | { kind: 'survey' };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    experiment: fc.constantFrom('one', 'two'),
    params: fc.dictionary(name, value, { maxKeys: 3 }),
    tags: fc.dictionary(name, fc.constantFrom('x', 'y'), { maxKeys: 2 }),
  }),
  fc.record({
    kind: fc.constant('tag' as const),
    run: fc.nat(),
    tags: fc.dictionary(name, fc.constantFrom('x', 'y', null), { maxKeys: 2 }),
  }),
  fc.record({ kind: fc.constant('log' as const), run: fc.nat(), key: name, value: fc.constantFrom(0, 1, Number.NaN) }),
  fc.record({ kind: fc.constantFrom('finish' as const, 'delete' as const, 'delete' as const), run: fc.nat() }),
  fc.record({ kind: fc.constantFrom('restore' as const), run: fc.nat() }),
  fc.record({ kind: fc.constant('days' as const) }),
  fc.record({ kind: fc.constant('survey' as const) }),
);

test('the catalogue of keys is what counting the runs would say, whatever becomes of them', async () => {
  const opened = await openDeps({}, ':memory:');
  const { deps, clock } = opened;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 30 }), async (steps) => {
      await deps.db.all('DELETE FROM runs');
      expect(await deps.db.all('SELECT * FROM keys WHERE runs <> 0 OR same <> 0')).toEqual([]);
      const runs: Known[] = [];
      for (const one of steps) await apply(one, runs);
      for (const experiment of [undefined, ...new Set(runs.map((run) => run.experiment))])
        for (const kind of ['params', 'tags', 'metrics'] as const)
          for (const how of [{}, { prefix: 'a' }, { q: 'B' }, { varies: true }]) {
            const { keys } = await listKeys(deps, { kind, experiment, limit: 100, ...how });
            expect(keys.map(({ key, runs, varies }) => [key, runs, varies])).toEqual(
              naive(runs, kind, experiment, how),
            );
            const filtered = await listKeys(deps, { kind, experiment, limit: 100, filter: 'ordinal >= 0', ...how });
            expect(filtered.keys).toEqual(keys);
          }
    }),
    seeded(40),
  );
  await opened.close();

  async function apply(one: Step, runs: Known[]): Promise<void> {
    clock.now += 1000;
    if (one.kind === 'register') {
      const { experiment, params, tags } = one;
      const made = await registerRun(deps, user, { experiment, params, tags });
      const { attempt, token } = made.session!;
      const known = {
        id: made.id,
        experiment: made.experimentId,
        session: { attempt, token },
        params,
        tags: { ...tags },
      };
      runs.push({ ...known, metrics: {}, logged: 0, live: true, deletedAt: null });
      return;
    }
    if (one.kind === 'survey') {
      await surveyKeys(deps);
      return;
    }
    if (one.kind === 'days') {
      clock.now += 20 * 86_400_000;
      await purgeTrash(deps);
      const kept = runs.filter(({ deletedAt }) => deletedAt === null || clock.now - deletedAt < 30 * 86_400_000);
      runs.splice(0, runs.length, ...kept);
      return;
    }
    const run = runs[one.run % Math.max(1, runs.length)];
    if (!run) return;
    switch (one.kind) {
      case 'tag':
        await updateRun(deps, user, run.id, { tags: one.tags });
        for (const [key, tag] of Object.entries(one.tags)) {
          if (tag === null) delete run.tags[key];
          else run.tags[key] = tag;
        }
        return;
      case 'log':
        if (!run.live) return;
        await logRun(deps, run.id, {
          series: [{ key: one.key, steps: [run.logged], times: [1], values: [fromNumber(one.value)] }],
          lines: [],
        });
        run.logged++;
        run.metrics[one.key] = one.value;
        return;
      case 'finish':
        if (!run.live) return;
        await finishAttempt(deps, {
          holder: { run: run.id, ...run.session },
          finalSeq: 0,
          outcome: 'finished',
          actor: 't',
        });
        run.live = false;
        return;
      case 'delete':
        if (run.live) return;
        await deleteRun(deps, user, run.id);
        run.deletedAt ??= clock.now;
        return;
      case 'restore':
        await restoreRun(deps, user, run.id);
        run.deletedAt = null;
    }
  }
});

function naive(
  runs: readonly Known[],
  kind: 'params' | 'tags' | 'metrics',
  experiment: number | undefined,
  { prefix = '', q = '', varies = false }: { prefix?: string; q?: string; varies?: boolean },
): [string, number, boolean][] {
  const mine = runs.filter(
    (run) => run.deletedAt === null && (experiment === undefined || run.experiment === experiment),
  );
  const keys = [...new Set(mine.flatMap((run) => Object.keys(run[kind])))].sort();
  return keys
    .filter((key) => key.startsWith(prefix) && key.toLowerCase().includes(q.toLowerCase()))
    .map((key): [string, number, boolean] => {
      const values = mine.filter((run) => Object.hasOwn(run[kind], key)).map((run) => run[kind][key]);
      return [key, values.length, values.length < mine.length || new Set(values).size > 1];
    })
    .filter(([, , differ]) => differ || !varies);
}

test('no row that the catalogue counts is replaced: SQLite would tell no trigger', () => {
  const folder = new URL('../../api/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(100);
  const replacing = files.filter((file) =>
    /REPLACE INTO (params|tags|metric_series|runs)\b/.test(readFileSync(new URL(file, folder), 'utf8')),
  );
  expect(replacing).toEqual([]);
});
