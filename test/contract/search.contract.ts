import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Page {
  runs: RunBody[];
  next: string | null;
  total: number | null;
}

export function suite(open: Open): void {
  describe('search', () => {
    let server: TestServer;
    let user: Caller;
    let experiment: number;
    const names = new Map<string, string>();

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      const name = freshName();
      // a … e are scripts' runs with different params, tags and metrics; f is queued.
      const rows: [string, Json, Json, [number, number | string][] | null, boolean][] = [
        [
          'a',
          { lr: 0.1, opt: 'adam', deep: true },
          { team: 'x' },
          [
            [1, 0.9],
            [2, 0.5],
          ],
          true,
        ],
        [
          'b',
          { lr: 0.01, opt: 'sgd', deep: false },
          { team: 'y' },
          [
            [1, 0.8],
            [2, 0.7],
          ],
          true,
        ],
        [
          'c',
          { lr: 0.01, opt: 'Adam' },
          { team: 'x', 'a key': 'with space' },
          [
            [1, 0.2],
            [2, 'NaN'],
          ],
          true,
        ],
        [
          'd',
          { opt: 'rmsprop' },
          {},
          [
            [1, 0.4],
            [2, 0.3],
          ],
          false,
        ],
        ['e', { lr: 'fast' }, {}, null, false],
      ];
      for (const [run, params, tags, points, finished] of rows) {
        await server.advance(1000);
        const started = await user.ok<RunBody & { session: Json }>('POST', '/runs', {
          experiment: name,
          name: run,
          params,
          tags,
        });
        names.set(run, started.id);
        experiment = started.experimentId as number;
        if (points)
          await user.ok('POST', `/runs/${started.id}/log`, {
            series: [series('val_loss', points), series('batch/loss', points.slice(0, 1))],
          });
        if (finished) {
          const { attempt, token } = started.session;
          await user.ok('POST', `/runs/${started.id}/finish`, { attempt, token, finalSeq: 0, outcome: 'finished' });
        }
      }
      await server.advance(1000);
      names.set('f', (await register(user, { experiment: name, name: 'f', config: config({ epochs: 7 }) })).id);
    });
    afterAll(() => server.close());

    const list = (query: Record<string, string>) =>
      user.ok<Page>('GET', `/runs?${new URLSearchParams({ experiment: String(experiment), ...query })}`);
    const found = async (filter: string, sort = 'ordinal') =>
      (await list({ filter, sort })).runs.map((run) => run.name).join('');

    test.each([
      ['status = running', 'de'],
      ['status in (queued, finished) and not name = "b"', 'acf'],
      ['status not in (queued)', 'abcde'],
      ['params.lr = 0.01', 'bc'],
      ['params.lr < 0.05 or params.lr = "fast"', 'bce'],
      ['params.lr in (0.1, fast)', 'ae'],
      ['params.deep = true', 'a'],
      ['params.deep is null', 'cdef'],
      ['params.epochs = 7 and params.optimizer.learning_rate <= 1e-3', 'f'],
      ['params.opt like "ada%"', 'a'],
      ['params.opt like "%prop"', 'd'],
      ['params.opt like "%DA%"', ''],
      ['params.opt ilike "%DA%"', 'ac'],
      ['params.opt like "_dam"', 'ac'],
      ['params.opt like "Ada_"', 'c'],
      ['params.opt like "a!%" escape "!"', ''],
      ['params.opt not like "%a%"', 'bd'],
      ['tags.team = x', 'ac'],
      ['tags."a key" is not null', 'c'],
      ['tags.team != "x"', 'b'],
      ['metrics.val_loss < 0.6', 'ad'],
      ['metrics.val_loss.last >= 0.5', 'ab'],
      ['metrics.val_loss.min <= 0.3', 'cd'],
      ['metrics.val_loss.max > 0.7 and (metrics.val_loss.min < 0.6)', 'a'],
      ['metrics.val_loss.count = 2', 'abcd'],
      ['metrics.val_loss < Infinity and metrics.val_loss > -inf', 'abd'],
      // NaN is a value that is not there, but it was logged.
      ['metrics.val_loss is null and metrics.val_loss.count > 0', 'c'],
      ['metrics.batch/loss is not null', 'abcd'],
      ['metrics."batch/loss".min > 0.5', 'ab'],
      ['not (status = finished or status = running)', 'f'],
      ['not not status = queued', 'f'],
      ['created > "2025-11-24T16:00:02Z"', 'cdef'],
      ['created < "1999-01-01"', ''],
      ['ordinal >= 2 and ordinal < 4', 'bc'],
      ['duration >= 0', 'abc'],
      ['origin = config', 'f'],
      ['params.lr between 0.005 and 0.05', 'bc'],
      ['ordinal not between 2 and 5 and status = finished', 'a'],
      ['name between a and "c"', 'abc'],
      ['params.lr = "0.10"', 'a'],
      ['params.opt ilike "ADAM"', 'ac'],
      ['metrics.val_loss.best <= 0.3', 'cd'],
      ['duration < 1h and duration between 0s and "1m30s"', 'abc'],
      ['age < 2500s and age >= 0', 'abcdef'],
      ['dataset is null', 'abcdef'],
      ['dataset_name = cats', ''],
    ])('%s', async (filter, expected) => {
      expect(await found(filter)).toBe(expected);
    });

    test.each<[string, number, string]>([
      ['stauts = running', 1, 'status'],
      ['status = runing', 10, 'running'],
      ['status = ', 10, 'a number'],
      ['status running', 8, 'like'],
      ['ordinal between 1 or 2', 19, 'and'],
      ['duration > 5x', 12, '1h30m'],
      ['status not = running', 12, 'between'],
      ['(status = running', 18, ')'],
      ['status = running extra', 18, 'and'],
      ['params = 3', 1, 'KEY'],
      ['ordinal = "x"', 11, 'number'],
      ['name = 3', 8, 'text'],
      ['metrics.val_loss = NaN', 20, 'is null'],
      ['name like "!a" escape "!"', 11, '!%'],
      ['name like "a" escape "ab"', 22, 'one character'],
      ['created > yesterday', 11, '2026-11-24'],
      ['tags.a = null', 10, 'is null'],
      ['name = "open', 8, 'quote'],
      ['a ; drop', 3, ';'],
      [`${'('.repeat(60)}status = running${')'.repeat(60)}`, 52, 'nested'],
      [Array(30).fill('ordinal = 1').join(' or '), 361, 'comparisons'],
    ])('refuses %s with its place', async (filter, column, said) => {
      const error = await user.fails('GET', `/runs?${new URLSearchParams({ filter })}`);
      expect(error).toMatchObject({
        status: 400,
        code: 'invalid_request',
        details: [{ path: ['query', 'filter'], column }],
      });
      expect(JSON.stringify(error)).toContain(said);
    });

    test('newest first by default; by several keys, with missing values last either way', async () => {
      const order = async (sort: string) => (await list({ sort })).runs.map((run) => run.name).join('');
      expect((await list({})).runs.map((run) => run.name).join('')).toBe('fedcba');
      expect(await order('metrics.val_loss.min')).toBe('cdabef');
      expect(await order('-metrics.val_loss.min')).toBe('badcfe');
      expect(await order('tags.team,-ordinal')).toBe('cabfed');
      expect(await order('-status,name')).toBe('defabc');
      const error = await user.fails('GET', '/runs?sort=created,-nothing');
      expect(error).toMatchObject({
        status: 400,
        details: [{ path: ['query', 'sort'], column: 10, value: 'nothing' }],
      });
    });

    test.each([
      '',
      'created',
      '-metrics.val_loss.max,name',
      'metrics.val_loss.last',
      'tags.team',
      '-params.lr,-ordinal',
    ])('pages by %s hold every run once', async (sort) => {
      const whole = (await list(sort ? { sort } : {})).runs.map((run) => run.id);
      const paged: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Page = await list({ limit: '2', ...(sort ? { sort } : {}), ...(cursor ? { cursor } : {}) });
        paged.push(...page.runs.map((run) => run.id));
        cursor = page.next;
      } while (cursor);
      expect(paged).toEqual(whole);
    });

    test('a run that comes between two pages moves nothing', async () => {
      const first = await list({ limit: '3' });
      await server.advance(1000);
      const extra = await register(user, { experiment: (await list({})).runs[0]!.experiment as string, name: 'g' });
      const second = await list({ limit: '100', cursor: first.next! });
      expect([...first.runs, ...second.runs].map((run) => run.name).join('')).toBe('fedcba');
      await user.ok('DELETE', `/runs/${extra.id}`);
    });

    test('a table asks only for its columns, and for sparks', async () => {
      const all = await list({ sort: 'ordinal' });
      const some = await list({
        sort: 'ordinal',
        columns: 'name,params.lr,metrics.val_loss.min,tags."a key"',
        spark: 'val_loss',
      });
      for (const [i, run] of some.runs.entries()) {
        const { params, metrics, tags, spark, ...rest } = run;
        const whole = all.runs[i]!;
        const pick = (from: unknown, key: string) => {
          const record = from as Record<string, unknown>;
          return key in record ? { [key]: record[key] } : {};
        };
        expect(params).toEqual(pick(whole.params, 'lr'));
        expect(metrics).toEqual(pick(whole.metrics, 'val_loss'));
        expect(tags).toEqual(pick(whole.tags, 'a key'));
        const { params: _p, metrics: _m, tags: _t, ...others } = whole;
        expect(rest).toEqual(others);
        const points = whole.metrics.val_loss;
        if (points) expect(spark).toMatchObject({ key: 'val_loss', step: [1, 2] });
        else expect(spark).toBeNull();
      }
      expect(await user.fails('GET', '/runs?columns=name,nothing')).toMatchObject({
        status: 400,
        details: [{ path: ['query', 'columns'], column: 6 }],
      });
    });

    test('the high-water mark needs no column', async () => {
      const { id } = await user.ok<{ id: number }>('GET', `/experiments/${experiment}`);
      await user.ok('PATCH', `/experiments/${id}`, { primaryMetric: { key: 'val_loss', mode: 'max' } });
      const { runs } = await list({ sort: 'ordinal', columns: 'params.lr' });
      expect(runs.map((run) => (run.best as { value: number } | null)?.value ?? null)).toEqual([
        0.9,
        0.8,
        0.2,
        0.4,
        null,
        null,
      ]);
      // Its direction is now the experiment's.
      expect(await found('metrics.val_loss.best >= 0.8')).toBe('ab');
      expect(await found('metrics.val_loss.count > 0', '-metrics.val_loss.best')).toBe('abdc');
      await user.ok('PATCH', `/experiments/${id}`, { primaryMetric: null });
    });

    test('a spark has at most 24 buckets, whatever was logged', async () => {
      const run = await user.ok<RunBody>('POST', '/runs', { experiment: freshName() });
      const points = Array.from({ length: 500 }, (_, i): [number, number] => [i, Math.sin(i / 20)]);
      await user.ok('POST', `/runs/${run.id}/log`, { series: [series('wave', points)] });
      const page = await user.ok<Page>('GET', `/runs?experiment=${run.experimentId}&spark=wave`);
      const spark = page.runs[0]!.spark as { step: number[]; value: number[] };
      expect(spark.value.length).toBeGreaterThan(20);
      expect(spark.value.length).toBeLessThanOrEqual(24);
      expect(spark.step.at(-1)).toBe(499);
    });

    test('sorted by a metric, runs that come, log and end between two pages leave no other run out, and none twice', async () => {
      const name = freshName();
      const add = async (value: number, ends: boolean) => {
        const run = await user.ok<RunBody & { session: Json }>('POST', '/runs', {
          experiment: name,
          name: `v${value}`,
        });
        await user.ok('POST', `/runs/${run.id}/log`, { series: [series('score', [[1, value]])] });
        const end = () =>
          user.ok('POST', `/runs/${run.id}/finish`, {
            ...run.session,
            nextSeconds: undefined,
            ackedSeq: undefined,
            finalSeq: 0,
            outcome: 'finished',
          });
        if (ends) await end();
        return { run, end };
      };
      const live = [];
      for (const value of [5, 1, 4, 2, 3, 6]) live.push(await add(value, value % 2 === 0));
      const base = { experiment: String(live[0]!.run.experimentId), sort: '-metrics.score', limit: '2' };
      const page = (cursor?: string | null) =>
        user.ok<Page>('GET', `/runs?${new URLSearchParams({ ...base, ...(cursor ? { cursor } : {}) })}`);
      const first = await page();
      // One before the place, one behind it; and a run of the next page ends.
      await add(7, true);
      await add(2.5, true);
      await live[4]!.end();
      const second = await page(first.next);
      await live[1]!.end();
      const third = await page(second.next);
      const names = [first, second, third].flatMap(({ runs }) => runs.map((run) => run.name));
      expect(names).toEqual(['v6', 'v5', 'v4', 'v3', 'v2.5', 'v2']);
      expect((await page(third.next)).runs.map((run) => run.name)).toEqual(['v1']);
    });

    test('the end of a run writes five rows a key, indexes and catalogue of keys included; the trash one', async () => {
      const run = await user.ok<RunBody & { session: Json }>('POST', '/runs', { experiment: freshName() });
      const keys = Array.from({ length: 400 }, (_, i) => series(`layers/${i}`, [[1, i]]));
      const { attempt, token } = run.session;
      await user.ok('POST', `/runs/${run.id}/log`, { attempt, token, firstSeq: 1, lastSeq: 1, series: keys });
      const ended = await server.rowsWritten(() =>
        user.ok('POST', `/runs/${run.id}/finish`, { attempt, token, finalSeq: 1, outcome: 'finished' }),
      );
      expect(ended / 400).toBeGreaterThan(1);
      expect(ended / 400).toBeLessThan(5.2);
      const trashed = await server.rowsWritten(() => user.ok('DELETE', `/runs/${run.id}`));
      expect(trashed / 400).toBeLessThan(1.2);
    });

    test('the largest filter, sort and cursor fit a statement', async () => {
      const filter = Array(24).fill('name not like "%zzz"').join(' and ');
      const sort = '-metrics.val_loss.max,metrics.val_loss,tags.team,params.lr';
      const first = await list({ filter, sort, limit: '1', idTail: names.get('a')!.slice(-4), count: 'true' });
      expect(first.total).toBeGreaterThan(0);
      const page = await list({ filter, sort, limit: '2' });
      expect((await list({ filter, sort, limit: '2', cursor: page.next!, count: 'true' })).total).toBe(6);
    });

    test('counts, ordinals, the end of an id; a made-up cursor is refused', async () => {
      expect((await list({ count: 'true', limit: '1', filter: 'status = finished' })).total).toBe(3);
      expect((await list({ ordinal: '2' })).runs.map((run) => run.name)).toEqual(['b']);
      expect((await list({ idTail: names.get('c')!.slice(-8) })).runs.map((run) => run.name)).toEqual(['c']);
      for (const cursor of ['x', btoa('[1]'), btoa('{}'), btoa('[{},"a"]')]) {
        expect(await user.fails('GET', `/runs?cursor=${cursor}`)).toMatchObject({
          status: 400,
          code: 'invalid_request',
        });
      }
      expect(await user.fails('GET', '/runs?limit=0')).toMatchObject({
        status: 400,
        details: [{ path: ['query', 'limit'], allowed: '≥ 1' }],
      });
      expect(await user.fails('GET', '/runs?filtr=x')).toMatchObject({
        status: 400,
        details: [
          {
            path: ['query', 'filtr'],
            hint: 'Did you mean `filter`?',
            allowed: expect.stringContaining('experiment, ordinal, idTail, filter, sort'),
          },
        ],
      });
    });
  });
}
