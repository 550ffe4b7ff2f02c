import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface ViewBody {
  id: number;
  version: number;
  name: string;
  owner: string;
  state: Json;
}
interface SnapshotBody {
  id: string;
  name: string;
  viewId: number | null;
  runs: number;
  content: {
    runs: RunBody[];
    total: number;
    groups: { by: unknown[]; runs: number }[] | null;
    metrics: { series: { run: string; value: number[] }[] } | null;
  };
}
type Started = RunBody & { session: { attempt: number; token: string } };
const DAY = 86_400_000;

export function suite(open: Open): void {
  describe('views and snapshots', () => {
    let server: TestServer;
    let user: Caller;
    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    const experiment = async () => (await user.ok<{ id: number }>('POST', '/experiments', { name: freshName() })).id;
    const save = (more: Json = {}) =>
      user.ok<ViewBody>('POST', '/views', { name: freshName('view'), state: {}, ...more });

    test('saved, listed with those of all experiments, changed on top of what was read, removed', async () => {
      const [mine, other] = [await experiment(), await experiment()];
      const state = {
        filter: 'params.lr < 0.1',
        sort: '-metrics.loss.min',
        columns: ['name', 'params."a, b"', 'metrics.loss'],
        by: ['params.model'],
        values: ['metrics.loss.min'],
        layout: { charts: [{ keys: ['loss'], height: 200 }] },
      };
      const view = await save({ experiment: mine, state: { ...state, by: [] } });
      expect(view).toMatchObject({ version: 1, experimentId: mine, state: { ...state, by: [] } });
      const everywhere = await save();
      const listed = async (of: number) =>
        (await user.ok<{ views: ViewBody[] }>('GET', `/views?experiment=${of}`)).views.map(({ id }) => id);
      expect(await listed(mine)).toEqual(expect.arrayContaining([view.id, everywhere.id]));
      expect(await listed(other)).not.toContain(view.id);

      const changed = await user.ok<ViewBody>('PATCH', `/views/${view.id}`, { version: 1, name: 'renamed' });
      expect(changed).toMatchObject({ version: 2, name: 'renamed', state: { filter: 'params.lr < 0.1' } });
      const late = await user.fails('PATCH', `/views/${view.id}`, { version: 1, name: 'mine' });
      expect(late).toMatchObject({ status: 409, code: 'conflict' });
      expect(late.hint).toContain('version 2');
      expect(await user.ok('GET', `/views/${view.id}`)).toEqual(changed);
      expect(await user.fails('POST', '/views', { experiment: mine, name: 'renamed', state: {} })).toMatchObject({
        status: 409,
      });
      await save({ experiment: other, name: 'renamed' });

      await user.ok('DELETE', `/views/${view.id}`);
      expect(await user.fails('GET', `/views/${view.id}`)).toMatchObject({ status: 404 });
      expect(await user.fails('DELETE', `/views/${view.id}`)).toMatchObject({ status: 404 });
      expect(await user.fails('PATCH', `/views/${view.id}`, { version: 2 })).toMatchObject({ status: 404 });
    });

    test.each([
      ['filter', { filter: 'status = runing' }, 10],
      ['sort', { sort: 'name,nothing' }, 6],
      ['columns', { columns: ['name', 'params.'] }, 6],
      ['values', { by: ['status'], values: ['metrics.loss', 'name'] }, 14],
      ['sort', { by: ['status'], sort: '-runs,nothing' }, 7],
      ['by', { by: ['nothing'] }, 1],
    ])('a %s that could not be shown is refused with its place', async (name, state, column) => {
      expect(await user.fails('POST', '/views', { name: 'x', state })).toMatchObject({
        status: 400,
        details: [{ path: ['state', name], column }],
      });
    });

    test('a snapshot shows the same later, whatever becomes of its runs and its view', async () => {
      const name = freshName();
      const start = async (lr: number, value: number) => {
        const run = await user.ok<Started>('POST', '/runs', { experiment: name, params: { lr, other: 1 } });
        await user.ok('POST', `/runs/${run.id}/log`, { series: [series('loss', [[1, value]])] });
        return run;
      };
      const a = await start(0.1, 3);
      const b = await start(0.2, 1);
      const of = Number(a.experimentId);
      const view = await save({
        experiment: of,
        state: { sort: 'metrics.loss', columns: ['params.lr', 'metrics.loss'], filter: 'params.lr > 0' },
      });
      const taken = await user.ok<SnapshotBody>('POST', '/snapshots', {
        view: view.id,
        name: 'then',
        metrics: { keys: ['loss'] },
      });
      expect(taken).toMatchObject({ name: 'then', runs: 2, viewId: view.id });
      const before = await user.ok<SnapshotBody>('GET', `/snapshots/${taken.id}`);
      expect(before.content.runs.map(({ id }) => id)).toEqual([b.id, a.id]);
      expect(before.content.runs[0]).toMatchObject({ params: { lr: 0.2 }, metrics: { loss: { last: 1 } } });
      expect(before.content.metrics!.series.map(({ value }) => value)).toEqual([[1], [3]]);

      await user.ok('POST', `/runs/${b.id}/log`, { series: [series('loss', [[2, 9]])] });
      await start(0.3, 0);
      await user.ok('PATCH', `/runs/${a.id}`, { name: 'another name' });
      await user.ok('DELETE', `/views/${view.id}`);
      const after = await user.ok<SnapshotBody>('GET', `/snapshots/${taken.id}`);
      expect(after.content).toEqual(before.content);
      expect(after.viewId).toBeNull();
      const { snapshots } = await user.ok<{ snapshots: SnapshotBody[] }>('GET', `/snapshots?experiment=${of}`);
      expect(snapshots.map(({ id }) => id)).toEqual([taken.id]);

      const grouped = await user.ok<SnapshotBody>('POST', '/snapshots', {
        experiment: of,
        state: { by: ['params.other'], values: ['metrics.loss'], sort: '-runs' },
      });
      const { content } = await user.ok<SnapshotBody>('GET', `/snapshots/${grouped.id}`);
      expect(content.groups).toMatchObject([{ by: [1], runs: 3 }]);
      expect(content.total).toBe(3);
      await user.ok('DELETE', `/snapshots/${taken.id}`);
      expect(await user.fails('GET', `/snapshots/${taken.id}`)).toMatchObject({ status: 404 });
      expect(await user.fails('DELETE', `/snapshots/${taken.id}`)).toMatchObject({ status: 404 });
      for (const body of [{}, { view: 999_999 }, { view: 1, state: {} }, { state: { filter: 'x' } }])
        expect([400, 404]).toContain((await user.fails('POST', '/snapshots', body)).status);
    });
  });

  describe('what runs are to each other', () => {
    let server: TestServer;
    let user: Caller;
    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    const started = (body: Json) => user.ok<Started>('POST', '/runs', body);
    const names = async (query: Record<string, string>) =>
      (await user.ok<{ runs: RunBody[] }>('GET', `/runs?${new URLSearchParams(query)}`)).runs.map(({ name }) => name);

    test('parents and children: at registration and later, never in a circle, found by filters', async () => {
      const experiment = freshName();
      const top = await started({ experiment, name: 'top' });
      const middle = await started({ experiment, name: 'middle', parent: top.id });
      const low = await started({ experiment, name: 'low', parent: middle.id });
      expect(low).toMatchObject({ parent: middle.id, children: 0 });
      expect(await user.ok('GET', `/runs/${top.id}`)).toMatchObject({ parent: null, children: 1 });
      expect(await names({ filter: `parent = "${middle.id}"` })).toEqual(['low']);
      const mine = { experiment: String(top.experimentId), sort: 'ordinal' };
      expect(await names({ ...mine, filter: 'children > 0' })).toEqual(['top', 'middle']);
      expect(await names({ ...mine, filter: 'parent is null' })).toEqual(['top']);
      for (const parent of [top.id, low.id])
        expect(await user.fails('PATCH', `/runs/${top.id}`, { parent })).toMatchObject({ status: 409 });
      expect(await user.fails('POST', '/runs', { experiment, parent: '0'.repeat(32) })).toMatchObject({
        status: 400,
        details: [{ path: ['parent'] }],
      });
      await user.ok('PATCH', `/runs/${low.id}`, { parent: top.id });
      expect(await user.ok('GET', `/runs/${top.id}`)).toMatchObject({ children: 2 });
      expect(await user.ok('PATCH', `/runs/${low.id}`, { parent: null })).toMatchObject({ parent: null });
    });

    test('runs equal but for their seeds are one group, a config’s as a script’s; a given name is kept', async () => {
      const experiment = freshName();
      const groups = async (bodies: Json[]) => {
        const all: unknown[] = [];
        for (const body of bodies) all.push((await started({ experiment, ...body })).group);
        return all;
      };
      const [a, b, c, d, none, alone] = await groups([
        { params: { lr: 0.1, seed: 1, 'data.random_state': 2 } },
        { params: { seed: 2, lr: 0.1 } },
        { params: { lr: 0.2, seed: 1 } },
        { params: { lr: 0.1, 'seed.x': 1 } },
        {},
        {},
      ]);
      expect(b).toBe(a);
      expect(new Set([a, c, d, none, alone]).size).toBe(5);
      const [one, other, longer] = await groups([
        { config: config({ seed: 1 }) },
        { config: config({ seed: 2, priority: 3, requires: ['gpu'] }) },
        { config: config({ seed: 1, epochs: 4 }) },
      ]);
      expect(other).toBe(one);
      expect(longer).not.toBe(one);
      const named = await started({ experiment, name: 'named', group: 'baseline', params: { lr: 0.1 } });
      expect(named.group).toBe('baseline');
      expect(await names({ filter: 'group = baseline' })).toEqual(['named']);
      expect(await user.ok('PATCH', `/runs/${named.id}`, { group: null })).toMatchObject({ group: a });
      const { groups: found } = await user.ok<{ groups: { by: unknown[]; runs: number }[] }>(
        'GET',
        `/groups?by=group&experiment=${named.experimentId}`,
      );
      expect(found[0]).toMatchObject({ by: [a], runs: 3 });
    });

    test('versions of a note, the newest first, with what it was registered with', async () => {
      const run = await started({ experiment: freshName(), note: '# first' });
      const versions = async () =>
        (await user.ok<{ notes: { note: string; at: number }[] }>('GET', `/runs/${run.id}/notes`)).notes;
      expect((await versions()).map(({ note }) => note)).toEqual(['# first']);
      await server.advance(1000);
      await user.ok('PATCH', `/runs/${run.id}`, { note: '*second*' });
      await user.ok('PATCH', `/runs/${run.id}`, { note: '*second*' });
      await user.ok('PATCH', `/runs/${run.id}`, { note: '', tags: { a: 'b' } });
      expect((await versions()).map(({ note }) => note)).toEqual(['', '*second*', '# first']);
      const { events } = await user.ok<{ events: { type: string }[] }>('GET', `/runs/${run.id}`);
      expect(events.filter(({ type }) => type === 'noted')).toEqual([]);
      const plain = await started({ experiment: freshName() });
      expect(await user.ok('GET', `/runs/${plain.id}/notes`)).toEqual({ notes: [] });
      expect(await user.fails('GET', `/runs/${'0'.repeat(32)}/notes`)).toMatchObject({ status: 404 });
    });

    test('the trash: listed, restored, emptied of some or all, and removed by itself after 30 days', async () => {
      const admin = await Caller.of(server, 'admin');
      const experiment = freshName();
      const ended = async (name: string, more: Json = {}) => {
        const run = await register(user, { experiment, name, ...more });
        await user.ok('POST', `/runs/${run.id}/cancel`);
        return run;
      };
      const parent = await ended('parent');
      const kept = await ended('kept', { parent: parent.id });
      const b = await ended('b', { parent: kept.id });
      const c = await ended('c');
      for (const run of [parent, b, c]) await user.ok('DELETE', `/runs/${run.id}`);
      const of = { experiment: String(kept.experimentId), sort: 'ordinal' };
      expect(await names(of)).toEqual(['kept']);
      expect(await names({ ...of, deleted: 'true' })).toEqual(['parent', 'b', 'c']);
      expect(await user.ok('GET', `/runs/${kept.id}`)).toMatchObject({ parent: parent.id, children: 0 });
      await user.ok('POST', `/runs/${c.id}/restore`);
      await server.advance(29 * DAY);
      await server.tick();
      expect(await names({ ...of, deleted: 'true' })).toEqual(['parent', 'b']);
      expect(await user.fails('DELETE', '/trash')).toMatchObject({ status: 403 });
      expect(await admin.ok('DELETE', `/trash?runs=${b.id},${kept.id}`)).toEqual({ runs: 1 });
      await server.tick();
      expect(await names({ ...of, deleted: 'true' })).toEqual(['parent']);
      await server.advance(2 * DAY);
      await server.tick();
      expect(await names({ ...of, deleted: 'true' })).toEqual([]);
      // What hung from a run that is gone hangs from none.
      expect(await user.ok('GET', `/runs/${kept.id}`)).toMatchObject({ parent: null });
      await user.ok('DELETE', `/runs/${c.id}`);
      expect(await admin.ok('DELETE', '/trash')).toEqual({ runs: 1 });
      await server.tick();
      expect(await user.fails('GET', `/runs/${c.id}`)).toMatchObject({ status: 404 });
      expect(await names(of)).toEqual(['kept']);
    });
  });
}
