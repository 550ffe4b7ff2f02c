import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName, type RunBody, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Group {
  by: (string | number | boolean | null)[];
  runs: number;
  byStatus: Record<string, number>;
  values: Record<
    string,
    { count: number; mean: number; deviation: number | null; interval: number[] | null; quantiles: number[] } | null
  >;
  oldest: { ordinal: number };
  members: string;
}
interface Groups {
  groups: Group[];
  next: string | null;
  total: number;
}
interface Keys {
  keys: { key: string; runs: number; varies: boolean; keys: number; leaf: boolean }[];
  next: string | null;
  total: number | null;
}

export function suite(open: Open): void {
  describe('groups and keys', () => {
    let server: TestServer;
    let user: Caller;
    let experiment: number;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      const name = freshName();
      // Two models with seeds, a run without a model, one whose model is true and one whose model is the number 1.
      const rows: [Json, (number | string)[], boolean][] = [
        [{ model: 'a', seed: 0 }, [0.1, 0.8], true],
        [{ model: 'a', seed: 1 }, [0.9], true],
        [{ model: 'a', seed: 2 }, [0.7, 'NaN'], false],
        [{ model: 'b', seed: 0, 'opt.lr': 0.1 }, [0.5], true],
        [{ seed: 0 }, ['Infinity'], true],
        [{ model: true }, [], true],
        [{ model: 1 }, [0.2], true],
      ];
      for (const [params, values, ends] of rows) {
        await server.advance(1000);
        const run = await user.ok<RunBody & { session: Json }>('POST', '/runs', { experiment: name, params });
        experiment = run.experimentId as number;
        const points = values.map((value, i): [number, number | string] => [i + 1, value]);
        if (points.length > 0)
          await user.ok('POST', `/runs/${run.id}/log`, {
            series: [series('val/acc', points), series('val/deep/x', points), series(`only.${run.ordinal}`, points)],
          });
        const { attempt, token } = run.session;
        const finish = { attempt, token, finalSeq: 0, outcome: 'finished' };
        if (ends) await user.ok('POST', `/runs/${run.id}/finish`, finish);
      }
    });
    afterAll(() => server.close());

    const groups = (query: Record<string, string>) =>
      user.ok<Groups>('GET', `/groups?${new URLSearchParams({ experiment: String(experiment), ...query })}`);
    const keys = (query: Record<string, string>) =>
      user.ok<Keys>('GET', `/keys?${new URLSearchParams({ experiment: String(experiment), ...query })}`);

    test('mean, deviation, interval and quantiles of each group; those without the value are one; true is not 1', async () => {
      const field = 'metrics.val/acc.max';
      const { groups: found, total } = await groups({ by: 'params.model', values: `${field},duration` });
      expect(total).toBe(5);
      expect(found[0]).toMatchObject({
        by: ['a'],
        runs: 3,
        byStatus: { finished: 2, running: 1 },
        oldest: { ordinal: 1 },
      });
      const a = found[0]!.values[field]!;
      expect(a).toMatchObject({
        count: 3,
        min: 0.7,
        max: 0.9,
        quantiles: [0.75, 0.8, 0.85].map((q) => expect.closeTo(q, 12)),
      });
      expect(a.mean).toBeCloseTo(0.8, 12);
      expect(a.deviation).toBeCloseTo(0.1, 12);
      expect(a.interval![1]! - a.mean).toBeCloseTo((4.302652729749462 * 0.1) / Math.sqrt(3), 10);
      expect(found[0]!.values.duration).toMatchObject({ count: 2, mean: 0 });
      const others = new Map(found.slice(1).map((group) => [JSON.stringify(group.by[0]), group.values[field]]));
      expect([...others.keys()].sort()).toEqual(['"b"', '1', 'null', 'true']);
      expect(others.get('"b"')).toMatchObject({ count: 1, mean: 0.5, deviation: null, interval: null });
      // Infinity is no value, and neither is none.
      expect(others.get('null')).toBeNull();
      expect(others.get('true')).toBeNull();
    });

    test('members are pages of runs, by the same filter', async () => {
      const { groups: found } = await groups({ by: 'params.model,status', filter: 'params.seed >= 0' });
      let seen = 0;
      for (const { members, runs, by } of found) {
        const names: unknown[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const query = new URLSearchParams({
            experiment: String(experiment),
            filter: 'params.seed >= 0',
            members,
            limit: '1',
          });
          if (cursor) query.set('cursor', cursor);
          const page: { runs: RunBody[]; next: string | null } = await user.ok('GET', `/runs?${query}`);
          for (const run of page.runs) names.push((run.params as Json).model ?? null, run.status);
          cursor = page.next;
        }
        expect(names).toEqual(Array(runs).fill(by).flat());
        seen += runs;
      }
      expect(seen).toBe(5);
    });

    test('sorted by fields, by means and by runs, page by page', async () => {
      for (const sort of ['', 'params.model', '-params.model', '-metrics.val/acc,runs', 'metrics.val/acc', 'runs']) {
        const query = { by: 'params.model,params.seed', values: 'metrics.val/acc', ...(sort ? { sort } : {}) };
        const whole = (await groups(query)).groups;
        expect(whole).toHaveLength(7);
        const paged: Group[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const page: Groups = await groups({ ...query, limit: '2', ...(cursor ? { cursor } : {}) });
          paged.push(...page.groups);
          cursor = page.next;
        }
        expect(paged).toEqual(whole);
      }
      const by = async (sort: string) =>
        (await groups({ by: 'params.model', values: 'metrics.val/acc.max', sort })).groups.map((group) => group.by[0]);
      expect((await by('-metrics.val/acc.max')).slice(0, 3)).toEqual(['a', 'b', 1]);
      expect((await by('metrics.val/acc.max')).slice(0, 3)).toEqual([1, 'b', 'a']);
      expect((await by('-params.model')).at(-1)).toBeNull();
    });

    test.each([
      ['by', 'params.model,nothing', 14],
      ['values', 'name', 1],
      ['sort', 'runs,params.other', 6],
      ['filter', 'status =', 9],
    ])('refuses a mistake in %s with its place', async (name, text, column) => {
      const query = new URLSearchParams({ by: 'params.model', [name]: text });
      expect(await user.fails('GET', `/groups?${query}`)).toMatchObject({
        status: 400,
        details: [{ path: ['query', name], column }],
      });
    });

    test('made-up members and cursors are refused', async () => {
      for (const members of ['x', btoa('[]'), btoa('["a",1]'), btoa('["nothing",1,null]'), btoa('[1,1,1]')])
        expect(await user.fails('GET', `/runs?members=${members}`)).toMatchObject({
          status: 400,
          code: 'invalid_request',
        });
      expect(await user.fails('GET', '/groups?by=name&cursor=x')).toMatchObject({ status: 400 });
      expect(await user.fails('GET', '/groups?by=,')).toMatchObject({ status: 400 });
    });

    test('the catalogue of keys: by kind, prefix and part, with counts and what varies', async () => {
      const params = await keys({ kind: 'params', count: 'true' });
      expect(params.total).toBe(3);
      expect(params.keys).toEqual([
        { key: 'model', runs: 6, varies: true, keys: 1, leaf: true },
        { key: 'opt.lr', runs: 1, varies: true, keys: 1, leaf: true },
        { key: 'seed', runs: 5, varies: true, keys: 1, leaf: true },
      ]);
      const seeds = await keys({ kind: 'params', filter: 'params.model = a', varies: 'true' });
      expect(seeds.keys.map(({ key }) => key)).toEqual(['seed']);
      expect((await keys({ kind: 'metrics', prefix: 'val/' })).keys.map(({ key, runs }) => [key, runs])).toEqual([
        ['val/acc', 6],
        ['val/deep/x', 6],
      ]);
      expect((await keys({ kind: 'metrics', q: 'ACC' })).keys.map(({ key }) => key)).toEqual(['val/acc']);
      expect((await keys({ kind: 'tags' })).keys).toEqual([]);
    });

    test('one level of the tree of keys, page by page', async () => {
      const level = async (query: Record<string, string>) =>
        (await keys({ kind: 'metrics', tree: 'true', ...query })).keys.map(({ key, keys: n, runs, leaf }) => [
          key,
          n,
          runs,
          leaf,
        ]);
      expect(await level({})).toEqual([
        ['only.', 6, 1, false],
        ['val/', 2, 6, false],
      ]);
      expect(await level({ prefix: 'val/' })).toEqual([
        ['val/acc', 1, 6, true],
        ['val/deep/', 1, 6, false],
      ]);
      const paged: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Keys = await keys({ kind: 'metrics', limit: '3', ...(cursor ? { cursor } : {}) });
        paged.push(...page.keys.map(({ key }) => key));
        cursor = page.next;
      }
      expect(paged).toEqual((await keys({ kind: 'metrics' })).keys.map(({ key }) => key));
      expect(paged).toHaveLength(8);
    });
  });
}
