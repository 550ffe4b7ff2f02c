import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../support/until.ts';
import { claim, held, hello, type LeaseBody, register, series } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

/** A socket and what it heard. */
interface Ear {
  readonly socket: WebSocket;
  readonly heard: string[];
}

export function frontSuite(open: OpenFront): void {
  describe('live hints', () => {
    let server: FrontServer;
    let user: Caller;
    let worker: Caller;
    const ears: Ear[] = [];

    beforeAll(async () => {
      server = await open();
      user = await Caller.of(server, 'write');
      worker = await Caller.of(server, 'worker');
    });
    afterAll(async () => {
      for (const { socket } of ears) socket.terminate();
      await server.close();
    });

    const address = (query = '', slug = server.slug): string =>
      `${server.url.replace('http', 'ws')}/p/${slug}/api/v1/live${query}`;
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

    function listen(headers: Record<string, string>, query = ''): Promise<Ear> {
      return new Promise((resolve, reject) => {
        const socket = new WebSocket(address(query), { headers });
        const ear: Ear = { socket, heard: [] };
        ears.push(ear);
        socket.on('message', (data) => ear.heard.push((JSON.parse(String(data)) as { topic: string }).topic));
        socket.on('open', () => resolve(ear));
        socket.on('error', reject);
      });
    }
    /** The status of an upgrade that is refused; 101 when it is not. */
    function refused(headers: Record<string, string>, query = '', slug = server.slug): Promise<number> {
      return new Promise((resolve, reject) => {
        const socket = new WebSocket(address(query, slug), { headers });
        socket.on('unexpected-response', (_, response) => {
          resolve(response.statusCode!);
          response.destroy();
        });
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('error', reject);
      });
    }
    async function leased(only: string): Promise<LeaseBody> {
      await hello(worker, only, { labels: [`only=${only}`] });
      await register(user, { requires: [`only=${only}`] });
      return (await claim(worker, only, [`only=${only}`]))!;
    }
    const log = (lease: LeaseBody, seq: number) =>
      worker.ok<{ nextSeconds: number }>('POST', `/leases/${lease.run}/log`, {
        ...held(lease),
        firstSeq: seq,
        lastSeq: seq,
        series: [series('loss', [[seq, 1]])],
      });

    test('a worker hears of work at once, and of nothing else', async () => {
      const ear = await listen(bearer(await server.token('worker')));
      await user.ok('POST', '/experiments', { name: 'no work' });
      const run = await register(user);
      await until('a hint', () => ear.heard.length > 0, 5);
      expect(new Set(ear.heard)).toEqual(new Set(['queue']));
      expect(run.status).toBe('queued');
    });

    test('a reader hears of changes; a run’s own topic only of it', async () => {
      const token = await server.token('read');
      const run = await register(user, { requires: ['nobody=yes'] });
      const [all, one] = [await listen(bearer(token)), await listen(bearer(token), `?topics=run:${run.id}`)];
      await user.ok('PATCH', `/runs/${run.id}`, { note: 'changed' });
      await until('both hints', () => all.heard.length > 0 && one.heard.length > 0, 5);
      expect(all.heard).toContain('changes');
      expect(new Set(one.heard)).toEqual(new Set([`run:${run.id}`]));
    });

    test('what a socket asks for replaces what it heard before', async () => {
      const ear = await listen(bearer(await server.token('read')), '?topics=queue');
      ear.socket.send(JSON.stringify({ topics: ['changes', 'nonsense'] }));
      // Messages are taken in order: the answer to this one shows that the one before was, too.
      ear.socket.send(JSON.stringify({ topics: ['changes'] }));
      await until(
        'the change',
        async () => {
          await user.ok('POST', '/experiments', { name: `heard ${performance.now()}` });
          return ear.heard.includes('changes');
        },
        5,
      );
      const before = ear.heard.length;
      await register(user, { requires: ['nobody=yes'] });
      await until('a hint', () => ear.heard.length > before, 5);
      expect(ear.heard).not.toContain('queue');
    });

    test('who talks nonsense is let go', async () => {
      const { socket } = await listen(bearer(await server.token('read')));
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      socket.send('nonsense');
      expect(await closed).toBe(1003);
    });

    test('runs report more often while somebody watches', async () => {
      const quiet = await open();
      try {
        const [writer, works] = [await Caller.of(quiet, 'write'), await Caller.of(quiet, 'worker')];
        await hello(works, 'w');
        await register(writer);
        const lease = (await claim(works, 'w'))!;
        const report = (seq: number) =>
          works.ok<{ nextSeconds: number }>('POST', `/leases/${lease.run}/log`, {
            ...held(lease),
            firstSeq: seq,
            lastSeq: seq,
            series: [series('loss', [[seq, 1]])],
          });
        expect((await report(1)).nextSeconds).toBe(30);
        const headers = bearer(await quiet.token('read'));
        const socket = new WebSocket(`${quiet.url.replace('http', 'ws')}/p/${quiet.slug}/api/v1/live`, { headers });
        await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
        expect((await report(2)).nextSeconds).toBe(5);
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket.close();
        await closed;
        let seq = 2;
        await until('the pace to slow down', async () => (await report(++seq)).nextSeconds === 30, 5);
      } finally {
        await quiet.close();
      }
    });

    test('an idle worker’s socket makes nobody report more often', async () => {
      await listen(bearer(await server.token('worker')), '?topics=queue');
      const watching = ears.filter(({ socket }) => socket.readyState === WebSocket.OPEN);
      for (const { socket } of watching.slice(0, -1)) {
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket.close();
        await closed;
      }
      const lease = await leased('calm');
      let seq = 0;
      await until('the calm pace', async () => (await log(lease, ++seq)).nextSeconds === 30, 5);
    });

    test('a session’s socket needs our own origin', async () => {
      const login = await server.fetch('/api/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: server.owner }),
      });
      const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
      const { origin } = new URL(server.url);
      expect(await refused({ cookie, origin })).toBe(101);
      expect(await refused({ cookie, origin: 'https://evil.example' })).toBe(403);
      expect(await refused({ cookie })).toBe(403);
      expect(await refused({ origin })).toBe(401);
    });

    test('without a credential, with a wrong one, elsewhere, or for no topic: no socket', async () => {
      expect(await refused({})).toBe(403);
      expect(await refused(bearer(`tdm${'0'.repeat(37)}`))).toBe(401);
      expect(await refused(bearer(server.owner), '', 'unknown')).toBe(404);
      expect(await refused(bearer(server.owner), '?topics=nonsense')).toBe(400);
    });
  });
}
