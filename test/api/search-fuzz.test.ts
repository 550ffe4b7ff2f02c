import { createApp } from '@tidemark/api/app';
import { logRun } from '@tidemark/api/metrics/log';
import { registerRun } from '@tidemark/api/runs/register';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';

const principal = { name: 'tester', scope: 'admin', tokenId: null } as const;
const reported: unknown[] = [];
let opened: OpenDeps;
beforeAll(async () => {
  opened = await openDeps({ report: (error) => void reported.push(error) });
  for (const params of [
    { lr: 0.1, a: '5' },
    { lr: '1e-3', b: true },
    { deep: '[[[[1]]]]', lr: '1e999' },
  ]) {
    const run = await registerRun(opened.deps, principal, { experiment: 'fuzz', params, tags: { team: 'x' } });
    await logRun(opened.deps, run.id, { series: [{ key: 'loss', steps: [1], times: [1], values: [0.5] }], lines: [] });
  }
});
afterAll(() => opened.close());

const fields = [
  'name',
  'status',
  'age',
  'duration',
  'created',
  'dataset',
  'dataset_name',
  'params.lr',
  'params.deep',
  'params."a,b"',
  'tags.team',
  'metrics.loss',
  'metrics.loss.best',
  'metrics."loss".min',
  'metrics.none.count',
  'nothing',
  'params.',
  '-runs',
  'runs',
  '',
];
const words = [
  ...fields,
  'and',
  'or',
  'not',
  '(',
  ')',
  '=',
  '!=',
  '<',
  '>=',
  'between',
  'in',
  'like',
  'ilike',
  'is',
  'null',
  ',',
  '"5"',
  '"%x%"',
  "'",
  '"',
  '5',
  '-1e308',
  '1e999',
  '0.1',
  'true',
  '5m',
  '1h30m',
  '2026-11-24',
  '☃',
  '\u0000',
  '\ud800',
  '`',
  ';',
];
const sentence = fc.array(fc.constantFrom(...words), { maxLength: 16 }).map((all) => all.join(' '));
const filter = fc.oneof(
  sentence,
  fc
    .array(
      fc.tuple(
        fc.constantFrom(...fields),
        fc.constantFrom('= 5', '> "0.1"', 'between 1 and "2"', 'in (1, "x", "5")', 'is null', 'not like "%a"'),
      ),
      {
        minLength: 1,
        maxLength: 26,
      },
    )
    .map((all) => all.map((pair) => pair.join(' ')).join(' and ')),
);
const list = fc
  .array(fc.constantFrom(...fields, '-params.lr', '-metrics.loss.max'), { maxLength: 9 })
  .map((all) => all.join(','));
const opaque = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc
    .array(fc.oneof(fc.constantFrom(...fields), fc.double(), fc.constant(null)), { maxLength: 15 })
    .map((all) => Buffer.from(JSON.stringify(all)).toString('base64url')),
);
const text = fc.oneof(list, sentence, fc.string({ maxLength: 30, unit: 'binary' }));
// Mostly what is understood: one mistake anywhere is an answer of 400.
const often = (good: readonly string[], other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: other });
const rarely = (arbitrary: fc.Arbitrary<string>) => fc.option(arbitrary, { freq: 2, nil: undefined });
const request = fc.record(
  {
    path: fc.constantFrom('runs', 'groups', 'keys'),
    filter: fc.oneof(
      filter,
      filter,
      often(['status = running', 'params.lr between 0 and "1"', 'params.deep like "%["'], filter),
    ),
    sort: often(['-metrics.loss.best,age', 'params.lr,tags."a,b"', '', 'runs'], text),
    by: often(['params.lr,params.deep', 'status', 'metrics.loss,tags.team,age'], text),
    values: often(['params.lr,metrics.loss', 'age', ''], text),
    columns: often(['name,params.lr', 'metrics."loss".min,tags.team', ''], text),
    spark: often(['loss', 'none'], fc.constant('"')),
    members: rarely(opaque),
    cursor: rarely(opaque),
    kind: often(['metrics', 'params', 'tags'], fc.constant('x')),
    prefix: fc.string({ maxLength: 8, unit: 'binary' }),
    q: fc.string({ maxLength: 8 }),
    tree: fc.constantFrom('true', 'false'),
    varies: fc.constantFrom('true', 'false'),
    count: fc.constantFrom('true', 'false'),
    quantiles: often(['0.5', '', '0,1'], fc.constantFrom('2', 'NaN', 'x')),
    experiment: fc.constantFrom('1', '9'),
    limit: often(['1', '2', '1000'], fc.constant('0')),
  },
  { requiredKeys: ['path'] },
);
const known: Record<string, readonly string[]> = {
  runs: ['filter', 'sort', 'columns', 'spark', 'members', 'cursor', 'count', 'experiment', 'limit'],
  groups: ['filter', 'sort', 'by', 'values', 'quantiles', 'cursor', 'experiment', 'limit'],
  keys: ['filter', 'kind', 'prefix', 'q', 'tree', 'varies', 'count', 'cursor', 'experiment', 'limit'],
};

test('whatever is asked of runs, groups and keys is answered or refused', async () => {
  const app = createApp(opened.deps);
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ path, ...query }) => {
      const all = Object.entries({ kind: 'metrics', by: 'params.lr', ...query });
      const given: [string, string][] = [];
      for (const [name, value] of all)
        if (value !== undefined && known[path]!.includes(name)) given.push([name, value]);
      const response = await app.fetch(new Request(`http://localhost/api/v1/${path}?${new URLSearchParams(given)}`), {
        principal,
      });
      const body = await response.text();
      expect([200, 400], `${body} ${String(reported.at(-1))}`).toContain(response.status);
      if (response.status === 400) expect(body).toContain('invalid_request');
      answers.set(response.status, (answers.get(response.status) ?? 0) + 1);
    }),
    seeded(1500),
  );
  // Both kinds are met, or the words are not what they should be.
  expect(Math.min(...[200, 400].map((status) => answers.get(status) ?? 0))).toBeGreaterThan(50);
}, 60_000);
