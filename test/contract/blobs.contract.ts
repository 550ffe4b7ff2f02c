import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, held, hello, type RunBody, register } from './documents.ts';
import { Caller, type Open, type TestServer } from './server.ts';

const HOUR = 3_600_000;
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export function suite(open: Open): void {
  describe('bytes without a name', () => {
    let server: TestServer;
    let token: string;
    let user: Caller;
    let run: RunBody;

    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      run = await register(user, { requires: ['nobody=yes'] });
    });
    afterAll(() => server.close());

    const put = async (path: string, body: string): Promise<void> => {
      const response = await server.fetch(`/api/v1${path}`, {
        method: 'PUT',
        body,
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(201);
    };
    const upload = async (text: string): Promise<string> => {
      await put(`/blobs/${digestOf(text)}`, text);
      return digestOf(text);
    };
    const isThere = async (text: string): Promise<boolean> => {
      const response = await server.fetch(`/api/v1/blobs/${digestOf(text)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const body = await response.text();
      if (response.status === 200) expect(body).toBe(text);
      return response.status === 200;
    };
    const later = async (ms: number): Promise<void> => {
      await server.advance(ms);
      await server.tick();
    };

    test('go after an hour; what a dataset, an artifact or a checkpoint names stays', async () => {
      await upload('nobody’s');
      const digest = await upload('a dataset’s');
      await user.ok('POST', '/datasets', {
        name: 'kept',
        files: [{ path: 'a', digest, size: Buffer.byteLength('a dataset’s') }],
      });
      await put(`/runs/${run.id}/artifacts/a`, 'an artifact’s');
      const worker = await Caller.of(server, 'worker');
      await hello(worker, 'w', { labels: ['checkpoints=yes'] });
      await register(user, { requires: ['checkpoints=yes'] });
      const lease = (await claim(worker, 'w', ['checkpoints=yes']))!;
      const checkpoint = await upload('a checkpoint’s');
      await worker.ok('POST', `/leases/${lease.run}/checkpoint`, {
        ...held(lease),
        throughSeq: 0,
        step: 1,
        epoch: 1,
        digest: checkpoint,
        size: Buffer.byteLength('a checkpoint’s'),
        kept: ['latest'],
      });

      await later(HOUR - 1);
      expect(await isThere('nobody’s')).toBe(true);
      await later(1);
      expect(await isThere('nobody’s')).toBe(false);
      for (const text of ['a dataset’s', 'an artifact’s', 'a checkpoint’s'])
        expect(await isThere(text), text).toBe(true);
      // The same again is simply stored again.
      await upload('nobody’s');
      expect(await isThere('nobody’s')).toBe(true);
    });

    test('what an artifact was before goes, and what is stored again just then stays', async () => {
      await put(`/runs/${run.id}/artifacts/b`, 'before');
      await put(`/runs/${run.id}/artifacts/b`, 'after');
      await upload('stored again');
      await server.advance(HOUR - 1000);
      await upload('stored again');
      await later(1000);
      expect([await isThere('before'), await isThere('after'), await isThere('stored again')]).toEqual([
        false,
        true,
        true,
      ]);
      await later(2 * HOUR);
      await later(2 * HOUR);
      expect([await isThere('after'), await isThere('stored again')]).toEqual([true, false]);
    });

    test('one content under two names goes with the second', async () => {
      await put(`/runs/${run.id}/artifacts/c1`, 'twice named');
      await put(`/runs/${run.id}/artifacts/c2`, 'twice named');
      await user.ok('DELETE', `/runs/${run.id}/artifacts/c1`);
      await later(3 * HOUR);
      expect(await isThere('twice named')).toBe(true);
      await user.ok('DELETE', `/runs/${run.id}/artifacts/c2`);
      await later(3 * HOUR);
      expect(await isThere('twice named')).toBe(false);
    });

    test('more than one sweep’s worth', async () => {
      const texts = Array.from({ length: 520 }, (_, i) => `one of many ${i}`);
      await Promise.all(texts.map(upload));
      await later(HOUR);
      await later(1000);
      const there = await Promise.all([0, 100, 499, 500, 519].map((i) => isThere(texts[i]!)));
      expect(there).toEqual([false, false, false, false, false]);
    });

    test('where nothing changed, a tick writes nothing', async () => {
      await later(3 * HOUR);
      await later(3 * HOUR);
      expect(await server.rowsWritten(() => server.tick())).toBe(0);
    });
  });
}
