import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, freshName, held, hello, type RunBody, register } from './documents.ts';
import { Caller, type Open, type TestServer } from './server.ts';

export function suite(open: Open): void {
  describe('workers and the queue', () => {
    let server: TestServer;
    let user: Caller;
    let worker: Caller;

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      worker = await Caller.of(server, 'worker');
    });
    afterAll(() => server.close());

    const state = async (id: string) => (await user.ok<{ state: string }>('GET', `/workers/${id}`)).state;
    const waits = async (run: RunBody) => (await user.ok<RunBody>('GET', `/runs/${run.id}`)).waits;

    test('why a run waits, from no worker at all to next in line', async () => {
      // Runs of one moment wait in the order of their numbers, so they are of one experiment.
      const experiment = freshName();
      const run = await register(user, { experiment, requires: ['gpu'] });
      expect(await waits(run)).toBe('no live worker');
      await hello(worker, 'box', { name: 'The Box', labels: ['site=lab'] });
      expect(await waits(run)).toBe('no live worker has label gpu');
      const both = await register(user, { experiment, requires: ['gpu', 'site=lab'] });
      await hello(worker, 'other', { labels: ['gpu'] });
      expect(await waits(both)).toBe('no live worker has all of gpu, site=lab');
      expect(await waits(run)).toBe('next in line: other is about to take it');
      expect(await claim(worker, 'other', ['gpu'])).toMatchObject({ run: run.id });
      const [second, third] = [
        await register(user, { experiment, requires: ['gpu'] }),
        await register(user, { experiment, requires: ['gpu'] }),
      ];
      expect(await waits(second)).toBe('other, the only matching worker, is busy; next in line');
      expect(await waits(third)).toBe('other, the only matching worker, is busy; 1 run before it');
      await hello(worker, 'another', { labels: ['gpu'] });
      expect(await claim(worker, 'another', ['gpu'])).toMatchObject({ run: second.id });
      expect(await waits(third)).toBe('all 2 matching workers are busy; next in line');
      const { runs, total } = await user.ok<{ runs: RunBody[]; total: number }>('GET', '/queue');
      expect(runs.map((queued) => [queued.id, queued.waits])).toEqual([
        [both.id, 'no live worker has all of gpu, site=lab'],
        [third.id, 'all 2 matching workers are busy; next in line'],
      ]);
      expect(total).toBe(2);
      for (const id of ['box', 'other', 'another']) await user.ok('POST', `/workers/${id}/drain`, { drain: true });
      expect(await waits(third)).toBe('no worker takes new runs: 3 workers are draining');
      await server.advance(3_600_000);
      expect(await waits(third)).toMatch(/^no live worker: .* was last seen 1 hour ago$/);
    });

    test('states: idle, busy, draining, lost, gone; last seen by its log calls too', async () => {
      const label = 'states=1';
      await hello(worker, 'states', { labels: [label] });
      expect(await state('states')).toBe('idle');
      await register(user, { requires: [label], experiment: freshName() });
      const lease = await claim(worker, 'states', [label]);
      expect(await user.ok('GET', '/workers/states')).toMatchObject({
        state: 'busy',
        runs: [{ id: lease!.run, ordinal: 1 }],
      });
      await server.advance(60_000);
      await worker.ok('POST', `/leases/${lease!.run}/log`, { ...held(lease!), firstSeq: 1, lastSeq: 1 });
      expect(await user.ok('GET', '/workers/states')).toMatchObject({ lastSeenAt: server.now() });
      await worker.ok('POST', `/leases/${lease!.run}/finish`, { ...held(lease!), finalSeq: 1, outcome: 'finished' });
      expect(await user.ok('GET', '/workers/states')).toMatchObject({ finished: 1, failed: 0, runs: [] });
      await user.ok('POST', '/workers/states/drain', { drain: true });
      expect(await state('states')).toBe('draining');
      await server.advance(3_600_000);
      expect(await state('states')).toBe('lost');
      await hello(worker, 'states', { state: 'gone' });
      expect(await state('states')).toBe('gone');
      await hello(worker, 'states');
      expect(await state('states')).toBe('idle');
    });

    test('a worker that asks for work is seen, at the price of a row now and then', async () => {
      // What other tests left behind is reaped now, not by the claims that are counted; the hour's mark of the token's use comes with hello.
      await server.advance(2 * 3_600_000);
      await server.tick();
      await hello(worker, 'polling');
      await server.advance(5000);
      expect(await server.rowsWritten(() => claim(worker, 'polling', ['nothing=needs']))).toBe(0);
      await server.advance(30_000);
      expect(await server.rowsWritten(() => claim(worker, 'polling', ['nothing=needs']))).toBe(1);
      expect(await user.ok('GET', '/workers/polling')).toMatchObject({ lastSeenAt: server.now() });
    });

    test('refusals', async () => {
      expect(await user.fails('GET', '/workers/nobody')).toMatchObject({ status: 404 });
      expect(await user.fails('POST', '/workers/nobody/drain', { drain: true })).toMatchObject({ status: 404 });
      expect(await worker.fails('PUT', '/workers/No%20Id', {})).toMatchObject({ status: 400 });
      expect(await worker.fails('PUT', '/workers/a', { name: 'a', labels: ['!'] })).toMatchObject({ status: 400 });
      expect(await user.fails('PUT', '/workers/a', {})).toMatchObject({ status: 403 });
      expect(await worker.fails('POST', '/workers/polling/drain', { drain: true })).toMatchObject({ status: 403 });
    });
  });
}
