import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, freshName, hello, type RunBody, register } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

interface Made {
  id: number;
  secret: string;
  email: string;
  role: string;
  link: { path: string };
}

export function frontSuite(open: OpenFront): void {
  describe('access', () => {
    let server: FrontServer;
    let owner: Caller;
    const origin = () => new URL(server.url).origin;
    const cookieOf = (response: Response): string => response.headers.get('set-cookie')!.split(';')[0]!;
    const openLink = (path: string) => fetch(server.url + path, { redirect: 'manual' });
    /** A caller who is logged in as a member, from our own pages. */
    const browser = (cookie: string): Caller =>
      new Caller(
        {
          fetch: (path, init) =>
            server.fetch(path, { ...init, headers: { ...init?.headers, cookie, origin: origin() } }),
        },
        null,
      );
    let people = 0;
    const invite = (role: string) =>
      owner.ok<Made>('POST', '/members', { email: `P${++people}@Example.com`, name: `P ${people}`, role });
    const member = async (role: string) => {
      const made = await invite(role);
      return { made, caller: browser(cookieOf(await openLink(made.link.path))) };
    };

    beforeAll(async () => {
      server = await open();
      owner = new Caller(server, server.owner);
    });
    afterAll(() => server.close());

    describe('members', () => {
      test('a link logs a member in once, with its role', async () => {
        const { made, caller } = await member('editor');
        expect(made.email).toMatch(/^p\d+@example\.com$/);
        expect(await caller.ok('GET', '/whoami')).toMatchObject({ role: 'editor', scope: 'write', email: made.email });
        expect((await openLink(made.link.path)).headers.get('set-cookie')).toBeNull();
        const listed = await owner.ok<{ members: Made[] }>('GET', '/members');
        expect(listed.members.find(({ id }) => id === made.id)).toMatchObject({ lastSeenAt: server.now() });
      });

      test.each([
        ['viewer', [200, 403, 403]],
        ['editor', [200, 201, 403]],
        ['admin', [200, 201, 200]],
      ] as const)('what a %s may do', async (role, expected) => {
        const { caller } = await member(role);
        const statuses = [
          (await caller.get('/runs')).status,
          (await caller.post('/experiments', { name: freshName() })).status,
          (await caller.get('/members')).status,
        ];
        expect(statuses).toEqual(expected);
      });

      test('another role counts at once, and who is removed is out at once', async () => {
        const { made, caller } = await member('viewer');
        await owner.ok('PATCH', `/members/${made.id}`, { role: 'editor' });
        expect((await caller.post('/experiments', { name: freshName() })).status).toBe(201);
        await owner.ok('DELETE', `/members/${made.id}`);
        expect((await caller.get('/runs')).status).toBe(401);
        expect(await owner.fails('DELETE', `/members/${made.id}`)).toMatchObject({ code: 'not_found' });
      });

      test('the last admin stays an admin, and stays', async () => {
        const { members } = await owner.ok<{ members: Made[] }>('GET', '/members');
        for (const one of members)
          if (one.role === 'admin') await owner.send('PATCH', `/members/${one.id}`, { role: 'viewer' });
        const last = (await owner.ok<{ members: Made[] }>('GET', '/members')).members.filter(
          (one) => one.role === 'admin',
        );
        expect(last).toHaveLength(1);
        expect(await owner.fails('PATCH', `/members/${last[0]!.id}`, { role: 'editor' })).toMatchObject({
          code: 'conflict',
        });
        expect(await owner.fails('DELETE', `/members/${last[0]!.id}`)).toMatchObject({ code: 'conflict' });
        await invite('admin');
        expect((await owner.delete(`/members/${last[0]!.id}`)).status).toBe(200);
      });

      test('an address is one member; a new link voids the one before', async () => {
        const made = await invite('viewer');
        expect(await owner.fails('POST', '/members', { email: made.email.toUpperCase(), role: 'admin' })).toMatchObject(
          {
            code: 'conflict',
          },
        );
        const again = await owner.ok<{ path: string }>('POST', `/members/${made.id}/links`);
        expect((await openLink(made.link.path)).headers.get('set-cookie')).toBeNull();
        expect((await openLink(again.path)).headers.get('set-cookie')).not.toBeNull();
      });

      test.each([[{ email: 'x', role: 'viewer' }], [{ email: 'a@b.example', role: 'root' }], [{ role: 'viewer' }]])(
        'refuses %j',
        async (body) => {
          expect(await owner.fails('POST', '/members', body)).toMatchObject({ code: 'invalid_request' });
        },
      );
    });

    test('sessions are listed, ended one by one, and all at once', async () => {
      const { made, caller } = await member('viewer');
      const other = browser(
        cookieOf(await openLink((await owner.ok<{ path: string }>('POST', `/members/${made.id}/links`)).path)),
      );
      const { sessions } = await caller.ok<{ sessions: { id: string; current: boolean }[] }>('GET', '/sessions');
      expect(sessions.map(({ current }) => current).toSorted()).toEqual([false, true]);
      const foreign = (await owner.ok<{ sessions: { id: string }[] }>('GET', '/sessions')).sessions;
      expect(foreign).toEqual([]);
      expect(await owner.fails('DELETE', `/sessions/${sessions[0]!.id}`)).toMatchObject({ code: 'not_found' });
      await caller.ok('DELETE', `/sessions/${sessions.find(({ current }) => !current)!.id}`);
      expect((await other.get('/whoami')).status).toBe(401);
      expect(await caller.ok('DELETE', '/sessions')).toEqual({ ended: 1 });
      expect((await caller.get('/whoami')).status).toBe(401);
    });

    describe('a token that is restricted to an experiment', () => {
      let mine: RunBody;
      let theirs: RunBody;
      let names: { mine: string; theirs: string };
      const restricted = async (scope: string): Promise<Caller> => {
        const experiments = [Number(mine.experimentId)];
        return new Caller(server, (await owner.ok<Made>('POST', '/tokens', { name: 'r', scope, experiments })).secret);
      };

      beforeAll(async () => {
        names = { mine: freshName('mine'), theirs: freshName('theirs') };
        const tags = { hidden: 'MARK-OF-THEIRS' };
        mine = await register(owner, { experiment: names.mine });
        theirs = await register(owner, { experiment: names.theirs, name: 'MARK-OF-THEIRS', tags });
        await owner.ok('PATCH', `/runs/${theirs.id}`, { note: 'MARK-OF-THEIRS' });
        await owner.ok('POST', '/runs', { experiment: names.theirs, name: 'MARK-OF-THEIRS too' });
      });

      test('finds its own, and no word of another in whatever it reads', async () => {
        const caller = await restricted('read');
        expect((await caller.ok<{ runs: RunBody[] }>('GET', '/runs')).runs.map(({ id }) => id)).toEqual([mine.id]);
        expect((await caller.ok<RunBody>('GET', `/runs/${mine.id}`)).id).toBe(mine.id);
        const needed: Record<string, string> = {
          '/metrics': `?runs=${theirs.id}&keys=loss`,
          '/keys': '?kind=tags',
          '/groups': '?by=name',
          '/changes': '?cursor=0.0',
        };
        let answered = 0;
        for (const [name, route] of Object.entries<Route>(routes)) {
          if (route.method !== 'GET' || route.scope !== 'read') continue;
          const path = fill(route.path, theirs);
          const response = await server.fetch(`/api/v1${path}${needed[route.path] ?? ''}`, {
            headers: { authorization: `Bearer ${(await tokenOf(caller)).secret}` },
          });
          const text = await response.text();
          expect(response.status, `${name} ${path} ${text.slice(0, 300)}`).toBeLessThan(500);
          expect(text, name).not.toContain('MARK-OF-THEIRS');
          expect(text, name).not.toContain(names.theirs);
          if (/\{(id|run)\}/.test(route.path) && /^\/runs/.test(route.path)) expect(response.status, name).toBe(404);
          if (response.status === 200) answered++;
        }
        expect(answered).toBeGreaterThan(8);
      });

      test('writes its own, and nothing else', async () => {
        const caller = await restricted('write');
        await caller.ok('PATCH', `/runs/${mine.id}`, { note: 'by the restricted' });
        await caller.ok('POST', '/runs', { experiment: names.mine });
        for (const experiment of [names.theirs, freshName('new')]) {
          expect(await caller.fails('POST', '/runs', { experiment })).toMatchObject({ code: 'forbidden' });
        }
        const before = await owner.ok('GET', `/runs/${theirs.id}`);
        for (const [name, route] of Object.entries<Route>(routes)) {
          if (route.method === 'GET' || route.scope !== 'write' || route.restricted) continue;
          const path = fill(route.path, theirs);
          const reply = await caller.send(route.method, path, bodies[name] ?? {});
          expect([400, 403, 404], `${name} ${path} ${JSON.stringify(reply.body)}`).toContain(reply.status);
        }
        expect(await owner.ok('GET', `/runs/${theirs.id}`)).toEqual(before);
      });

      test('a worker claims only its runs', async () => {
        const caller = await restricted('worker');
        await hello(caller, 'restricted-worker');
        expect((await claim(caller, 'restricted-worker'))?.run).toBe(mine.id);
        expect(await claim(caller, 'restricted-worker')).toBeNull();
      });

      test('an admin’s cannot be restricted, nor to an experiment that is none', async () => {
        const body = { name: 'r', scope: 'admin', experiments: [Number(mine.experimentId)] };
        expect(await owner.fails('POST', '/tokens', body)).toMatchObject({ code: 'invalid_request' });
        expect(await owner.fails('POST', '/tokens', { ...body, scope: 'read', experiments: [999_999] })).toMatchObject({
          code: 'invalid_request',
        });
      });

      const secrets = new WeakMap<Caller, { secret: string }>();
      async function tokenOf(caller: Caller): Promise<{ secret: string }> {
        let known = secrets.get(caller);
        if (!known) {
          const experiments = [Number(mine.experimentId)];
          known = await owner.ok<Made>('POST', '/tokens', { name: 'raw', scope: 'read', experiments });
          secrets.set(caller, known);
        }
        return known;
      }
    });

    test('a token has its own rate, says what is left of it, and when to come again', async () => {
      const made = await owner.ok<Made>('POST', '/tokens', { name: 'slow', scope: 'read', requestsPerSecond: 1 });
      const caller = new Caller(server, made.secret);
      const first = await caller.get('/whoami');
      expect(first.headers.get('ratelimit')).toBe('"requests";r=9;t=1');
      expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=10;w=10');
      for (let i = 0; i < 9; i++) expect((await caller.get('/whoami')).status).toBe(200);
      const limited = await caller.get('/whoami');
      expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '1']);
      expect(limited.body).toMatchObject({ error: { code: 'rate_limited' } });
      expect(limited.headers.get('ratelimit')).toBe('"requests";r=0;t=10');
      expect((await owner.get('/whoami')).status).toBe(200);
      await server.advance(1000);
      expect((await caller.get('/whoami')).status).toBe(200);
      expect((await caller.get('/whoami')).status).toBe(429);
    });

    test('refused credentials are counted by address; who has a good one is not kept out', async () => {
      const fresh = await open();
      const wrong = new Caller(fresh, `tdm${'1'.repeat(37)}`);
      const statuses = await Promise.all(Array.from({ length: 130 }, async () => (await wrong.get('/runs')).status));
      expect(statuses.filter((status) => status === 429).length).toBe(10);
      expect(statuses.filter((status) => status === 401).length).toBe(120);
      expect((await new Caller(fresh, fresh.owner).get('/runs')).status).toBe(200);
      await fresh.close();
    });

    test('the audit log says who did what, before and after, without a secret, and nothing of the daily work', async () => {
      const fresh = await open();
      const admin = new Caller(fresh, fresh.owner);
      const run = await register(admin);
      const made = await admin.ok<Made>('POST', '/members', { email: 'ada@example.com', role: 'viewer' });
      await admin.ok('PATCH', `/members/${made.id}`, { role: 'admin' });
      const token = await admin.ok<Made>('POST', '/tokens', { name: 'ci', scope: 'read' });
      await admin.ok('DELETE', `/tokens/${token.id}`);
      await admin.ok('DELETE', `/runs/${run.id}`);
      const all = await admin.ok<{ entries: Record<string, unknown>[]; next: string | null }>('GET', '/audit');
      expect(all.entries.map(({ action }) => action)).toEqual([
        'deleteRun',
        'revokeToken',
        'createToken',
        'updateMember',
        'addMember',
      ]);
      expect(all.entries[3]).toMatchObject({
        actor: 'first admin',
        credential: expect.stringMatching(/^token:\d+$/),
        target: 'ada@example.com',
        before: { role: 'viewer' },
        after: { role: 'admin' },
        at: fresh.now(),
      });
      expect(JSON.stringify(all)).not.toContain(token.secret);
      const page = await admin.ok<typeof all>('GET', '/audit?limit=2');
      expect(page.next).not.toBeNull();
      const rest = await admin.ok<typeof all>('GET', `/audit?limit=10&cursor=${page.next}`);
      expect([...page.entries, ...rest.entries]).toEqual(all.entries);
      expect((await admin.ok<typeof all>('GET', '/audit?action=addMember')).entries).toHaveLength(1);
      expect(await admin.fails('GET', '/audit?cursor=x')).toMatchObject({ code: 'invalid_request' });
      await fresh.close();
    });

    test('an archived project is read-only, with the reason, until it is taken back', async () => {
      const fresh = await open();
      const admin = new Caller(fresh, fresh.owner);
      const live = await admin.ok<RunBody & { session: { attempt: number; token: string } }>('POST', '/runs', {
        experiment: freshName(),
      });
      expect(await admin.fails('PATCH', '/project', { archived: true })).toMatchObject({ code: 'conflict' });
      await admin.ok('POST', `/runs/${live.id}/finish`, { ...fence(live.session), outcome: 'finished' });
      const archived = await admin.ok('PATCH', '/project', { title: 'Old things', archived: true });
      expect(archived).toMatchObject({ title: 'Old things', archivedAt: fresh.now(), runs: 1, running: 0 });
      expect(await admin.fails('POST', '/experiments', { name: freshName() })).toMatchObject({
        status: 409,
        message: expect.stringContaining('archived'),
      });
      expect((await admin.get('/runs')).status).toBe(200);
      expect(await admin.ok('GET', '/whoami')).toMatchObject({ archivedAt: fresh.now() });
      expect((await admin.post('/tokens', { name: 'x', scope: 'read' })).status).toBe(201);
      await admin.ok('PATCH', '/project', { archived: false });
      expect((await admin.post('/experiments', { name: freshName() })).status).toBe(201);
      await fresh.close();
    });
  });
}

const fence = ({ attempt, token }: { attempt: number; token: string }) => ({ attempt, token, finalSeq: 0 });

/** A path with another experiment's things in it. */
function fill(path: string, run: RunBody): string {
  const values: Record<string, string> = { run: run.id, digest: 'd'.repeat(64), path: 'a.txt', ref: 'x@1', part: '1' };
  const id = /^\/runs/.test(path) ? run.id : /^\/experiments/.test(path) ? String(run.experimentId) : 'x';
  return path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => (name === 'id' ? id : (values[name] ?? 'x')));
}

/** Bodies that are right, where a wrong one would be refused before it is asked whose the thing is. */
const bodies: Record<string, object> = {
  updateRun: { note: 'taken over' },
  updateExperiment: { archived: true },
  finishRun: { attempt: 1, token: 'x', finalSeq: 0, outcome: 'failed' },
  logRun: { series: [{ key: 'loss', steps: [1], times: [1], values: [1] }] },
};
