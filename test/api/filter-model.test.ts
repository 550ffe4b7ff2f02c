import { ApiError } from '@tidemark/api/errors';
import { listRuns } from '@tidemark/api/runs/list';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';
import { comparisons, evaluate, factOf, facts, refused, registerFacts, render, tree } from './filter-model.ts';

let opened: OpenDeps;
let experiment: number;
beforeAll(async () => {
  opened = await openDeps();
  experiment = await registerFacts(opened);
});
afterAll(() => opened.close());

const list = (query: { filter?: string; sort?: string; limit?: number; cursor?: string }) =>
  listRuns(opened.deps, { experiment, limit: 100, ...query });

test('a filter finds the runs that a naive evaluation finds', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (node) => {
      fc.pre(comparisons(node) <= 24);
      if (refused(node)) {
        await expect(list({ filter: render(node) })).rejects.toMatchObject({ code: 'invalid_request' });
        return;
      }
      const { runs } = await list({ filter: render(node), sort: 'ordinal' });
      expect(runs.map((run) => run.name)).toEqual(
        facts.filter((run) => evaluate(node, run) === true).map((run) => run.name),
      );
    }),
    seeded(600),
  );
}, 60_000);

test('whatever is written as a filter or a sort is answered or refused, with its place, and nothing breaks', async () => {
  const words = [
    'status',
    'and',
    'or',
    'not',
    '(',
    ')',
    '=',
    '<',
    'in',
    'like',
    'is',
    'null',
    ',',
    '"a',
    "'",
    '"b"',
    '1e999',
    '-',
    'params.x',
    'metrics.',
    'metrics."',
    'tags.a.b',
    'created',
    '2026-13-01',
    '\\',
    '`',
    '%',
    '☃',
    '\u0000',
    '--',
    ';',
    '/*',
    'runs.id',
    'true',
  ];
  const text = fc.oneof(
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc.array(fc.constantFrom(...words), { maxLength: 14 }).map((all) => all.join(' ')),
    tree.map(render).map((whole) => whole.slice(0, 40)),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (filter, sort) => {
      for (const query of [{ filter }, { sort }, { cursor: filter }]) {
        try {
          await list(query);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect((error as ApiError).code).toBe('invalid_request');
          const { column, path } = (error as ApiError).details![0]!;
          if (path[1] !== 'cursor') expect(column).toBeGreaterThan(0);
        }
      }
    }),
    seeded(500),
  );
}, 60_000);

test('pages of any size by any sort hold every run once, with missing values last', async () => {
  const keys = fc.constantFrom(
    'name',
    'priority',
    'status',
    'params.lr',
    'params.opt',
    'tags.team',
    'metrics.loss',
    'metrics.loss.min',
    'created',
  );
  const sorts = fc.array(
    fc.tuple(fc.boolean(), keys).map(([down, key]) => (down ? `-${key}` : key)),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(sorts, fc.integer({ min: 1, max: 4 }), async (sort, limit) => {
      const query = { sort: sort.join(',') };
      const whole = (await list(query)).runs;
      const paged: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await list({ ...query, limit, ...(cursor === undefined ? {} : { cursor }) });
        paged.push(...page.runs.map((run) => run.id));
        cursor = page.next;
      }
      expect(paged).toEqual(whole.map((run) => run.id));
      const first = sort[0]!.replace('-', '');
      const values = whole
        .map((run) => factOf(facts.find(({ name }) => name === run.name)!, first))
        .filter((_, i) => first !== 'created' || i < 0);
      const missing = values.indexOf(null);
      if (missing >= 0) expect(values.slice(missing).every((value) => value === null)).toBe(true);
    }),
    seeded(150),
  );
}, 60_000);

test('whichever way the database is asked, pages hold the same runs in the same order', async () => {
  const key = fc.constantFrom(
    'metrics.loss',
    'metrics.loss.min',
    'metrics.loss.max',
    'params.lr',
    'params.opt',
    'tags.team',
    'priority',
  );
  const sorts = fc.array(
    fc.tuple(fc.boolean(), key).map(([down, one]) => (down ? `-${one}` : one)),
    { minLength: 1, maxLength: 3 },
  );
  // A comparison beside the rest, so that there is an index to go by.
  const beside = fc.constantFrom(
    'metrics.loss < 3',
    'metrics.loss.min >= 0',
    'metrics.loss.max > 1',
    'params.lr <= 0.1',
    'params.opt = "5"',
    'params.lr > 0',
    'priority >= -9',
    'metrics.loss > 0 and metrics.loss <= 2',
    'params.lr between 0 and 0.1',
    'params.opt > "4" and params.opt < "b"',
    // A number says nothing of texts, nor a text of numbers, but "1e-2" is both.
    'params.lr < 5 and params.lr > "-"',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.option(tree),
      beside,
      sorts,
      fc.integer({ min: 1, max: 4 }),
      async (node, term, sort, limit) => {
        fc.pre(node === null || (comparisons(node) <= 22 && !refused(node)));
        const filter = node === null ? term : `${term} and ${render(node)}`;
        const question = { filter, sort: sort.join(','), experiment };
        // Each candidate is looked at; an index is walked; a walk gives up at once, or after two entries, for another way.
        const ways = [{ candidates: 1000 }, { candidates: 0 }, { candidates: 0, walk: 0 }, { candidates: 0, walk: 2 }];
        const [looked, walked, ...others] = await Promise.all(
          ways.map(async (limits) => {
            const deps = { ...opened.deps, limits: { ...opened.deps.limits, ...limits } };
            const names: string[] = [];
            for (let cursor: string | null | undefined; cursor !== null; ) {
              const page = await listRuns(deps, { ...question, limit, ...(cursor === undefined ? {} : { cursor }) });
              names.push(...page.runs.map((run) => run.name));
              cursor = page.next;
            }
            return names;
          }),
        );
        expect(walked).toEqual(looked);
        for (const other of others) expect(other).toEqual(looked);
        const { runs } = await list({ filter: `not (not (${filter}))`, sort: 'ordinal' });
        expect(new Set(walked)).toEqual(new Set(runs.map((run) => run.name)));
        expect(walked).toHaveLength(runs.length);
      },
    ),
    seeded(120),
  );
}, 60_000);
