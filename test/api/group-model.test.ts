import { groupRuns } from '@tidemark/api/runs/group';
import { listRuns } from '@tidemark/api/runs/list';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../support/open-libsql.ts';
import { seeded } from '../support/seed.ts';
import { type Facts, factOf, facts, numberIn, registerFacts } from './filter-model.ts';

let opened: OpenDeps;
let experiment: number;
beforeAll(async () => {
  opened = await openDeps();
  experiment = await registerFacts(opened);
});
afterAll(() => opened.close());

test('groups hold what a naive grouping holds', async () => {
  const by = fc.uniqueArray(
    fc.constantFrom('params.lr', 'params.opt', 'params.deep', 'tags.team', 'status', 'metrics.loss', 'params.none'),
    { minLength: 1, maxLength: 3 },
  );
  const value = fc.constantFrom('metrics.loss.max', 'metrics.loss.best', 'params.lr', 'params.opt', 'priority');
  await fc.assert(
    fc.asyncProperty(by, value, async (fields, of) => {
      const { groups } = await groupRuns(opened.deps, {
        experiment,
        by: fields.join(','),
        values: of,
        quantiles: [0],
        limit: 100,
      });
      const naive = new Map<string, Facts[]>();
      for (const run of facts) {
        const key = JSON.stringify(fields.map((field) => factOf(run, field)));
        naive.set(key, [...(naive.get(key) ?? []), run]);
      }
      expect(new Set(groups.map((group) => JSON.stringify(group.by)))).toEqual(new Set(naive.keys()));
      for (const group of groups) {
        const members = naive.get(JSON.stringify(group.by))!;
        expect(group.runs).toBe(members.length);
        expect(group.oldest.ordinal).toBe(facts.indexOf(members[0]!) + 1);
        const numbers = members
          .map((run) => factOf(run, of))
          .map((one) => (typeof one === 'string' ? numberIn(one) : one))
          .filter((one) => typeof one === 'number');
        const found = group.values[of]!;
        if (numbers.length === 0) expect(found).toBeNull();
        else {
          expect(found.count).toBe(numbers.length);
          expect(found.mean).toBeCloseTo(numbers.reduce((sum, one) => sum + one, 0) / numbers.length, 12);
          expect(found.quantiles).toEqual([Math.min(...numbers)]);
        }
        const { runs } = await listRuns(opened.deps, {
          experiment,
          members: group.members,
          sort: 'ordinal',
          limit: 100,
        });
        expect(runs.map((run) => run.name)).toEqual(members.map((run) => run.name));
      }
    }),
    seeded(100),
  );
}, 60_000);
