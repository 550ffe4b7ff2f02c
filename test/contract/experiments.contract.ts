import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { config, freshName, type RunBody, register, series } from './documents.ts';
import { Caller, type Json, type Open, type TestServer } from './server.ts';

interface Experiment {
  id: number;
  name: string;
  [key: string]: unknown;
}
interface Changes {
  cursor: string;
  runs: { id: string; experimentId: number }[];
  experiments: number[];
  workers: boolean;
  datasets: boolean;
  reset: boolean;
}

export function suite(open: Open): void {
  describe('experiments', () => {
    let server: TestServer;
    let user: Caller;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    const create = (name = freshName()) => user.ok<Experiment>('POST', '/experiments', { name });
    async function scripted(experiment: string, points: [number, number][], more: Json = {}): Promise<RunBody> {
      const run = await user.ok<RunBody>('POST', '/runs', { experiment, ...more });
      await user.ok('POST', `/runs/${run.id}/log`, { series: [series('val_loss', points)] });
      return run;
    }

    test('create, rename, archive, restore; names differ', async () => {
      const made = await create('Cats vs. Dogs — Größe');
      expect(made).toMatchObject({
        name: 'Cats vs. Dogs — Größe',
        slug: 'cats-vs-dogs-gro-e',
        runs: 0,
        archivedAt: null,
        best: null,
      });
      expect(await user.fails('POST', '/experiments', { name: made.name })).toMatchObject({
        status: 409,
        code: 'conflict',
      });
      const other = await create();
      expect(await user.fails('PATCH', `/experiments/${other.id}`, { name: made.name })).toMatchObject({ status: 409 });
      expect(await user.ok('PATCH', `/experiments/${made.id}`, { name: 'renamed', archived: true })).toMatchObject({
        name: 'renamed',
        archivedAt: server.now(),
      });
      const names = async (query: string) =>
        (await user.ok<{ experiments: Experiment[] }>('GET', `/experiments${query}`)).experiments.map(({ id }) => id);
      expect(await names('')).not.toContain(made.id);
      expect(await names('?archived=true')).toContain(made.id);
      expect(await names('?name=renamed')).toEqual([made.id]);
      expect(await user.ok('PATCH', `/experiments/${made.id}`, { archived: false })).toMatchObject({
        archivedAt: null,
      });
      expect(await user.fails('GET', '/experiments/999999')).toMatchObject({ status: 404 });
      expect(await user.fails('POST', '/experiments', { name: '  ' })).toMatchObject({ status: 400 });
    });

    test('counts by status, the last activity first, and the best of its runs by the primary metric', async () => {
      const experiment = await create();
      const a = await scripted(experiment.name, [
        [1, 0.5],
        [2, 0.4],
      ]);
      const b = await scripted(experiment.name, [
        [1, 0.3],
        [2, 0.9],
      ]);
      await register(user, { experiment: experiment.name });
      await server.advance(1000);
      const get = () => user.ok<Experiment>('GET', `/experiments/${experiment.id}`);
      expect(await get()).toMatchObject({
        runs: 3,
        byStatus: { running: 2, queued: 1 },
        best: { run: b.id, ordinal: 2, key: 'val_loss', value: 0.3, step: 1 },
      });
      await user.ok('PATCH', `/experiments/${experiment.id}`, { primaryMetric: { key: 'val_loss', mode: 'max' } });
      expect((await get()).best).toMatchObject({ run: b.id, value: 0.9, step: 2 });
      expect((await user.ok<RunBody>('GET', `/runs/${a.id}`)).best).toEqual({
        key: 'val_loss',
        mode: 'max',
        value: 0.5,
        step: 1,
      });
      await create();
      await user.ok('POST', `/runs/${a.id}/log`, { series: [series('val_loss', [[3, 2]])] });
      const { experiments } = await user.ok<{ experiments: Experiment[] }>('GET', '/experiments');
      expect(experiments[0]!.id === experiment.id || experiments[0]!.lastActivityAt === server.now()).toBe(true);
      expect((await get()).lastActivityAt).toBe(server.now());
    });

    test('the keys of its runs, and which params vary', async () => {
      const experiment = await create();
      await scripted(experiment.name, [[1, 1]], { params: { lr: 0.1, opt: 'sgd', only: 1 } });
      await scripted(experiment.name, [[1, 1]], { params: { lr: 0.2, opt: 'sgd' } });
      expect(await user.ok('GET', `/experiments/${experiment.id}/keys`)).toEqual({
        metrics: [{ key: 'val_loss', runs: 2 }],
        params: [
          { key: 'lr', runs: 2, varies: true },
          { key: 'opt', runs: 2, varies: false },
          { key: 'only', runs: 1, varies: true },
        ],
      });
      expect(await user.ok('GET', `/experiments/${experiment.id}/keys?q=VAL`)).toMatchObject({
        metrics: [{ key: 'val_loss' }],
        params: [],
      });
    });

    test('a config’s monitor is what its runs’ best is told by', async () => {
      const run = await register(user, { config: config({ checkpoint: { monitor: 'val_accuracy' } }) });
      expect(run.best).toBeNull();
    });
  });

  describe('changes', () => {
    let server: TestServer;
    let user: Caller;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
    });
    afterAll(() => server.close());

    test('tells what changed since a cursor, logging included, and nothing else', async () => {
      const { cursor: start } = await user.ok<Changes>('GET', '/changes');
      const run = await user.ok<RunBody>('POST', '/runs', { experiment: freshName() });
      const first = await user.ok<Changes>('GET', `/changes?cursor=${start}`);
      expect(first).toMatchObject({
        runs: [{ id: run.id, experimentId: run.experimentId }],
        experiments: [run.experimentId],
        reset: false,
      });
      await server.advance(1000);
      const quiet = await user.ok<Changes>(
        'GET',
        `/changes?cursor=${(await user.ok<Changes>('GET', `/changes?cursor=${first.cursor}`)).cursor}`,
      );
      expect(quiet).toMatchObject({ runs: [], experiments: [], workers: false, datasets: false });
      await server.advance(1000);
      await user.ok('POST', `/runs/${run.id}/log`, { series: [series('loss', [[1, 1]])] });
      const logged = await user.ok<Changes>('GET', `/changes?cursor=${quiet.cursor}`);
      expect(logged.runs.map(({ id }) => id)).toEqual([run.id]);
      await server.advance(1000);
      await user.ok('PATCH', `/experiments/${run.experimentId}`, { name: freshName() });
      const renamed = await user.ok<Changes>('GET', `/changes?cursor=${logged.cursor}`);
      expect(renamed).toMatchObject({ experiments: [run.experimentId] });
    });

    test('a cursor of another database means reading again; one that is none is refused', async () => {
      expect(await user.ok('GET', '/changes?cursor=999999.1')).toMatchObject({ reset: true });
      expect(await user.fails('GET', '/changes?cursor=abc')).toMatchObject({ status: 400 });
    });
  });
}
