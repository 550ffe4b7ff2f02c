import { fromNumber } from '@tidemark/api/contract/common';
import { finishAttempt } from '@tidemark/api/leases/finish';
import { logRun } from '@tidemark/api/metrics/log';
import { deleteRun } from '@tidemark/api/runs/delete';
import { listRuns } from '@tidemark/api/runs/list';
import { registerRun } from '@tidemark/api/runs/register';
import { restoreRun } from '@tidemark/api/runs/restore';
import { updateRun } from '@tidemark/api/runs/update';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

// Pages that are turned while runs are registered, log, end, are tagged, go and come back: each page must be what sorting every run of that
// moment says comes behind the last run of the page before, as that run was then. So a run whose value stands is listed once.

const user = { name: 'tester', scope: 'admin', tokenId: null } as const;

interface Known {
  readonly id: string;
  readonly ordinal: number;
  readonly session: { attempt: number; token: string };
  readonly lr: number | string | null;
  team: string | null;
  readonly loss: number[];
  live: boolean;
  deleted: boolean;
}
type Value = number | string | null;

const finite = (run: Known) => run.loss.filter(Number.isFinite);
const last = (run: Known) => run.loss.at(-1) ?? null;
const fields: Record<string, (run: Known) => Value> = {
  // NaN is a value that is not there; the infinities are the first and the last.
  'metrics.loss': (run) => (Number.isNaN(last(run)) ? null : last(run)),
  'metrics.loss.min': (run) => (finite(run).length > 0 ? Math.min(...finite(run)) : null),
  'metrics.loss.max': (run) => (finite(run).length > 0 ? Math.max(...finite(run)) : null),
  'metrics.loss.count': (run) => (run.loss.length > 0 ? run.loss.length : null),
  'params.lr': (run) => run.lr,
  'tags.team': (run) => run.team,
  ordinal: (run) => run.ordinal,
};
const loss = fields['metrics.loss']!;
const number = (value: Value): value is number => typeof value === 'number';
const below = (value: Value, other: number) => number(value) && value < other;
const filters: Record<string, (run: Known) => boolean> = {
  '': () => true,
  'metrics.loss < 2': (run) => below(loss(run), 2),
  'metrics.loss = Infinity': (run) => loss(run) === Number.POSITIVE_INFINITY,
  'metrics.loss > -inf': (run) => number(loss(run)) && loss(run) !== Number.NEGATIVE_INFINITY,
  'metrics.loss is null and metrics.loss.count > 0': (run) => Number.isNaN(last(run)),
  'metrics.loss.max >= 1': (run) =>
    number(fields['metrics.loss.max']!(run)) && !below(fields['metrics.loss.max']!(run), 1),
  'tags.team = x': (run) => run.team === 'x',
  'params.lr <= 1': (run) => number(run.lr) && run.lr <= 1,
};

const value = fc.constantFrom(-1, 0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const team = fc.constantFrom('x', 'y', null);
const register = fc.record({
  kind: fc.constant('register' as const),
  lr: fc.constantFrom<Value>(0, 1, 2, 'text', null),
  team,
  loss: fc.array(value, { maxLength: 2 }),
  ends: fc.boolean(),
});
const write = fc.oneof(
  register,
  fc.record({ kind: fc.constant('log' as const), run: fc.nat(), value }),
  fc.record({ kind: fc.constant('tag' as const), run: fc.nat(), team }),
  fc.record({ kind: fc.constantFrom('finish' as const, 'delete' as const, 'restore' as const), run: fc.nat() }),
);
const sort = fc
  .uniqueArray(fc.constantFrom(...Object.keys(fields)), { maxLength: 3 })
  .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom(name, `-${name}`))));

test('pages are turned in order, whatever is written between them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(register, { minLength: 3, maxLength: 12 }),
      fc.array(fc.array(write, { maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      sort,
      fc.constantFrom(...Object.keys(filters)),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom({ candidates: 1000 }, { candidates: 0 }, { candidates: 0, walk: 0 }, { candidates: 0, walk: 2 }),
      async (first, between, keys, filter, limit, ways) => {
        const { deps, clock, close } = await openDeps({}, ':memory:');
        try {
          Object.assign(deps, { limits: { ...deps.limits, ...ways } });
          const runs: Known[] = [];
          const apply = writerOf(deps, clock, runs);
          for (const one of first) await apply(one);
          const compare = orderOf(keys);
          let place: Place | null = null;
          let cursor: string | undefined;
          for (let page = 0; ; page++) {
            const query = { filter, sort: keys.join(','), limit, experiment: 1 };
            const found = await listRuns(deps, { ...query, ...(cursor === undefined ? {} : { cursor }) });
            const expected = runs
              .filter((run) => !run.deleted && filters[filter]!(run))
              .map((run) => placeOf(run, keys))
              .filter((one) => place === null || compare(one, place) > 0)
              .sort(compare);
            expect(found.runs.map(({ id }) => id)).toEqual(expected.slice(0, limit).map(({ id }) => id));
            expect(found.next !== null).toBe(expected.length > limit);
            if (found.next === null) break;
            place = expected[limit - 1]!;
            cursor = found.next;
            for (const one of between[page] ?? []) await apply(one);
          }
        } finally {
          await close();
        }
      },
    ),
    seeded(80),
  );
}, 120_000);

interface Place {
  readonly id: string;
  readonly values: readonly Value[];
}
const sorted = (keys: readonly string[]) => (keys.length > 0 ? keys : ['-ordinal']);
const placeOf = (run: Known, keys: readonly string[]): Place => ({
  id: run.id,
  values: sorted(keys).map((key) => fields[key.replace('-', '')]!(run)),
});

/** Missing values last either way, numbers before texts; the id goes the first key's way. */
function orderOf(keys: readonly string[]): (a: Place, b: Place) => number {
  const signs = sorted(keys).map((key) => (key.startsWith('-') ? -1 : 1));
  const rank = (value: Value) => (typeof value === 'number' ? 0 : 1);
  return (a, b) => {
    for (const [i, sign] of signs.entries()) {
      const [x, y] = [a.values[i]!, b.values[i]!];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return sign * (rank(x) - rank(y) || (x < y ? -1 : 1));
    }
    return signs[0]! * (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  };
}

type Write = typeof write extends fc.Arbitrary<infer W> ? W : never;
type Opened = Awaited<ReturnType<typeof openDeps>>;
function writerOf(deps: Opened['deps'], clock: Opened['clock'], runs: Known[]) {
  const log = async (run: Known, one: number) => {
    const step = run.loss.length;
    const series = [{ key: 'loss', steps: [step], times: [step], values: [fromNumber(one)] }];
    await logRun(deps, run.id, { series, lines: [] });
    run.loss.push(one);
  };
  const finish = async (run: Known) => {
    const holder = { run: run.id, ...run.session };
    await finishAttempt(deps, { holder, finalSeq: 0, outcome: 'finished', actor: 't' });
    run.live = false;
  };
  return async (one: Write): Promise<void> => {
    clock.now += 1000;
    if (one.kind === 'register') {
      const params = one.lr === null ? {} : { lr: one.lr };
      const tags = one.team === null ? {} : { team: one.team };
      const { id, ordinal, session } = await registerRun(deps, user, { experiment: 'paging', params, tags });
      const { attempt, token } = session!;
      const { lr, team } = one;
      const run = { id, ordinal, session: { attempt, token }, lr, team, loss: [], live: true, deleted: false };
      runs.push(run);
      for (const point of one.loss) await log(run, point);
      if (one.ends) await finish(run);
      return;
    }
    const run = runs[one.run % runs.length]!;
    if (one.kind === 'tag') {
      await updateRun(deps, user, run.id, { tags: { team: one.team } });
      run.team = one.team;
    } else if (one.kind === 'restore') {
      await restoreRun(deps, user, run.id);
      run.deleted = false;
    } else if (one.kind === 'delete') {
      if (run.live) return;
      await deleteRun(deps, user, run.id);
      run.deleted = true;
    } else if (run.live) await (one.kind === 'log' ? log(run, one.value) : finish(run));
  };
}
