import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, config, held, hello, type LeaseBody, type RunBody, register } from './documents.ts';
import { Caller, type Open, type TestServer } from './server.ts';

export function suite(open: Open): void {
  describe('which checkpoints stay', () => {
    let server: TestServer;
    let user: Caller;
    let worker: Caller;
    let token: string;
    let run: RunBody;
    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      worker = await Caller.of(server, 'worker');
      await hello(worker, 'w', { labels: ['gpu'] });
    });
    afterAll(() => server.close());

    const begin = async (keep?: object): Promise<LeaseBody> => {
      const checkpoint = { monitor: 'val_loss', mode: 'min', ...(keep ? { keep } : {}) };
      run = await register(user, { config: config({ checkpoint }), requires: ['gpu'] });
      return (await claim(worker, 'w', ['gpu']))!;
    };
    const digestOf = (lease: LeaseBody, step: number): string =>
      createHash('sha256').update(`${lease.run} ${step}`).digest('hex');
    const record = async (lease: LeaseBody, epoch: number, loss: number | null, kept: string[]): Promise<void> => {
      const text = `${lease.run} ${epoch * 10}`;
      const digest = digestOf(lease, epoch * 10);
      const put = await server.fetch(`/api/v1/blobs/${digest}`, {
        method: 'PUT',
        body: text,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(put.status).toBe(201);
      await worker.ok('POST', `/leases/${lease.run}/checkpoint`, {
        ...held(lease),
        throughSeq: 0,
        step: epoch * 10,
        epoch,
        digest,
        size: text.length,
        kept,
        metrics: loss === null ? {} : { val_loss: loss },
      });
    };
    const epochsOf = async (lease: LeaseBody): Promise<number[]> =>
      (await user.ok<{ checkpoints: { epoch: number }[] }>('GET', `/runs/${lease.run}`)).checkpoints
        .map(({ epoch }) => epoch)
        .sort((a, b) => a - b);
    const train = async (lease: LeaseBody, losses: readonly number[]): Promise<void> => {
      let best = Number.POSITIVE_INFINITY;
      for (const [i, loss] of losses.entries()) {
        await record(lease, i + 1, loss, loss < best ? ['best', 'latest', 'policy'] : ['latest', 'policy']);
        best = Math.min(best, loss);
      }
    };
    const LOSSES = [5, 1, 4, 2, 3, 6, 7, 8];

    test('without rules the best one and the two newest', async () => {
      const lease = await begin();
      await train(lease, LOSSES);
      expect(await epochsOf(lease)).toEqual([2, 7, 8]);
    });

    test.each([
      [{ best: 3 }, [2, 4, 5, 7, 8]],
      [{ last: 1 }, [2, 8]],
      [{ last: 4 }, [2, 5, 6, 7, 8]],
      [{ every: 3 }, [2, 3, 6, 7, 8]],
      [{ best: 2, last: 1, every: 5 }, [2, 4, 5, 8]],
      [{ best: 1000 }, [1, 2, 3, 4, 5, 6, 7, 8]],
    ])('%j', async (keep, epochs) => {
      const lease = await begin(keep);
      await train(lease, LOSSES);
      expect(await epochsOf(lease)).toEqual(epochs);
    });

    test('a checkpoint within an epoch is none of the best, nor of every so many', async () => {
      const lease = await begin({ best: 2, every: 1, last: 1 });
      await record(lease, 1, 3, ['best', 'latest', 'policy']);
      await record(lease, 1.5, null, ['latest']);
      await record(lease, 2, 4, ['latest', 'policy']);
      expect(await epochsOf(lease)).toEqual([1, 2]);
    });

    test('one that a model’s version is of stays for as long as the version', async () => {
      const lease = await begin({ last: 1 });
      await train(lease, [1, 2]);
      const model = `kept ${lease.run}`;
      await user.ok('POST', '/models', { name: model });
      const version = await user.ok<{ version: number; lineage: object }>('POST', `/models/${model}/versions`, {
        source: { run: lease.run, checkpoint: 20 },
      });
      expect(version).toMatchObject({ version: 1, lineage: { step: 20 } });
      await record(lease, 3, 3, ['latest']);
      await record(lease, 4, 4, ['latest']);
      expect(await epochsOf(lease)).toEqual([1, 2, 4]);
      await user.ok('DELETE', `/models/${model}/versions/1`);
      await record(lease, 5, 5, ['latest']);
      expect(await epochsOf(lease)).toEqual([1, 5]);
    });

    test('one that another run starts from stays, and the newest is what the next attempt goes on from', async () => {
      const lease = await begin({ last: 1 });
      await train(lease, [1, 2]);
      const named = await user.send('POST', '/runs', {
        experiment: run.experiment,
        config: config({ init: { from: `${lease.run.slice(-8)}/20` } }),
        requires: ['nobody'],
      });
      expect(named.status, JSON.stringify(named.body)).toBe(201);
      await record(lease, 3, 3, ['latest']);
      await record(lease, 4, 4, ['latest']);
      expect(await epochsOf(lease)).toEqual([1, 2, 4]);
      await worker.ok('POST', `/leases/${lease.run}/release`, held(lease));
      const next = (await claim(worker, 'w', ['gpu']))!;
      expect([next.run, next.resume?.step]).toEqual([lease.run, 40]);
    });
  });
}
