import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes } from '@tidemark/api/contract/index';
import { type Client, createClient } from '@tidemark/client';
import { Journal } from '@tidemark/client/node/journal';
import { Sender } from '@tidemark/client/node/sender';
import { syncSpool } from '@tidemark/client/node/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshName } from './documents.ts';
import type { Open, TestServer } from './server.ts';

const MINUTE = 60_000;

/** Runs that scripts write, by the client's own journal and sender. */
export function suite(open: Open): void {
  describe('scripts', () => {
    let server: TestServer;
    let client: Client;
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-scripts-'));
    let ids = 0;
    const rng = () => 0;
    beforeAll(async () => {
      server = await open();
      const token = await server.token('write');
      const url = 'http://tidemark.test';
      client = createClient({
        url,
        token,
        fetch: (input, init) => server.fetch(String(input).slice(url.length), init),
      });
    });
    afterAll(async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const script = (url: string | null = client.url) => {
      const id = (++ids).toString(16).padStart(32, '0');
      const path = join(folder, `${id}.journal`);
      const create = { id, experiment: freshName(), params: { lr: 0.1 } };
      return { id, path, create, journal: Journal.create(path, { url, project: null, create }, 2000) };
    };
    const log = (journal: Journal, from: number, to: number) => {
      for (let step = from; step < to; step++) journal.point({ step, time: server.now() + step, values: { a: step } });
    };
    const stepsOf = async (id: string) => {
      const { series } = await client.call(routes.readMetrics, { query: { runs: id, keys: 'a', points: 5000 } });
      return series[0]?.step;
    };
    const range = (to: number) => Array.from({ length: to }, (_, i) => i);
    const runOf = (id: string) => client.call(routes.getRun, { params: { id } });

    test('loses nothing to others that log to it without numbers, nor they to it', async () => {
      const { id, journal } = script();
      const sender = new Sender(client, journal, { rng });
      const other = (step: number) => {
        const series = [{ key: 'other', steps: [step], times: [step], values: [step] }];
        const lines = [{ at: step, text: `other ${step}` }];
        return client.call(routes.logRun, { params: { id }, body: { series, lines } });
      };
      expect(await sender.send()).toEqual({ state: 'sent' });
      for (let round = 0; round < 10; round++) {
        log(journal, round * 20, round * 20 + 20);
        const [sent] = await Promise.all([sender.send(), other(3 * round), other(3 * round + 1), other(3 * round + 2)]);
        expect(sent).toEqual({ state: 'sent' });
      }
      journal.end({ outcome: 'finished' });
      expect(await sender.send()).toEqual({ state: 'sent' });
      expect(await runOf(id)).toMatchObject({
        status: 'finished',
        metrics: { a: { count: 200, min: 0, max: 199 }, other: { count: 30, min: 0, max: 29 } },
      });
      expect(await stepsOf(id)).toEqual(range(200));
      const { lines } = await client.call(routes.readConsole, { params: { id } });
      expect(lines.map(({ text }) => Number(text.slice(6))).sort((a, b) => a - b)).toEqual(range(30));
    });

    test('one that falls silent is lost after ten minutes, and goes on when it is heard again', async () => {
      const { id, journal } = script();
      const sender = new Sender(client, journal, { rng });
      log(journal, 0, 40);
      expect(await sender.send()).toEqual({ state: 'sent' });
      await server.advance(9 * MINUTE);
      await server.tick();
      expect(await sender.touch()).toEqual({ state: 'sent' });
      await server.advance(9 * MINUTE);
      await server.tick();
      expect((await runOf(id)).status).toBe('running');
      await server.advance(2 * MINUTE);
      await server.tick();
      const lost = await runOf(id);
      expect(lost).toMatchObject({ status: 'failed', error: { code: 'lost' }, metrics: { a: { count: 40 } } });
      expect(lost.attempts).toMatchObject([{ outcome: 'lost' }]);

      log(journal, 40, 50);
      expect(await sender.send()).toEqual({ state: 'sent' });
      const back = await runOf(id);
      expect(back).toMatchObject({
        status: 'running',
        error: null,
        attempt: 2,
        metrics: { a: { count: 50, lastStep: 49 } },
      });
      expect(back.events.map(({ type }) => type)).toEqual(['started', 'lost', 'reopened']);
      expect(await stepsOf(id)).toEqual(range(50));
      log(journal, 50, 55);
      journal.end({ outcome: 'finished' });
      expect(await sender.send()).toEqual({ state: 'sent' });
      expect(await runOf(id)).toMatchObject({ status: 'finished', metrics: { a: { count: 55 } } });
      expect(await stepsOf(id)).toEqual(range(55));
    });

    test('one without a word of keeping alive stays, as a cancelled one goes', async () => {
      const plain = await client.call(routes.createRun, { body: { experiment: freshName() } });
      const { id, journal } = script();
      const sender = new Sender(client, journal, { rng });
      await sender.send();
      await client.call(routes.cancelRun, { params: { id } });
      expect(await sender.touch()).toEqual({ state: 'sent' });
      expect(sender.cancelled).toBe(true);
      await server.advance(24 * 60 * MINUTE);
      await server.tick();
      expect((await runOf(plain.id)).status).toBe('running');
      // Only a loss is taken back: what somebody wanted to end stays ended.
      expect((await runOf(id)).status).toBe('cancelled');
      expect(await sender.touch()).toMatchObject({ state: 'refused', error: { code: 'stale_attempt' } });
    });

    test('one that ran offline is sent later, in pieces, and a copy of it adds nothing', async () => {
      const { id, path, journal } = script(null);
      log(journal, 0, 300);
      const many = Array.from({ length: 2000 }, (_, i) => i);
      for (let i = 0; i < 30; i++)
        journal.log({ series: [{ key: `big${i}`, steps: many, times: many, values: many }] });
      journal.end({ outcome: 'finished' });
      journal.close();
      const copies = mkdtempSync(join(folder, 'copy-'));
      const copy = join(copies, `${id}.journal`);
      copyFileSync(path, copy);
      let files = 2;
      for (; files < 100; files++) {
        try {
          copyFileSync(`${path}.${files}`, `${copy}.${files}`);
        } catch {
          break;
        }
      }
      expect(files).toBeGreaterThan(5);
      // The first tries are cut off after a call each.
      for (let tries = 0; tries < 3; tries++) {
        let calls = 0;
        const cut: Client = {
          ...client,
          call: (async (...args: Parameters<Client['call']>) => {
            if (++calls > 2) throw new TypeError('the process is gone');
            return client.call(...args);
          }) as Client['call'],
        };
        const torn = Journal.open(path, 2000)!;
        await new Sender(cut, torn, { rng }).send();
        torn.close();
      }
      const progress: number[] = [];
      const sent = await syncSpool({ folder, client, rng, onProgress: ({ acked }) => progress.push(acked) });
      expect(sent.filter(({ run }) => run === id)).toMatchObject([{ state: 'sent' }]);
      expect(progress.at(-1)).toBe(330);
      expect(await runOf(id)).toMatchObject({ status: 'finished', metrics: { a: { count: 300 } } });
      expect(await stepsOf(id)).toEqual(range(300));
      expect(await syncSpool({ folder: copies, client, rng })).toMatchObject([
        { state: 'refused', message: expect.stringContaining('already') },
      ]);
      expect(await stepsOf(id)).toEqual(range(300));
    });

    test('another run’s id is a conflict that says so', async () => {
      const { id, path, create, journal } = script(null);
      journal.end({ outcome: 'finished' });
      journal.close();
      await client.call(routes.createRun, { body: { ...create, params: { lr: 0.2 } } });
      const [result] = await syncSpool({ folder, client, rng, only: path });
      expect(result).toMatchObject({ state: 'refused', message: expect.stringContaining(id) });
    });
  });
}
