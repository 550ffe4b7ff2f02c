import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

interface TokenBody {
  id: number;
  name: string;
  scope: string;
  secret: string;
  expiresAt: number | null;
  revokedAt: number | null;
}

export function frontSuite(open: OpenFront): void {
  describe('tokens', () => {
    let server: FrontServer;
    let owner: Caller;

    beforeAll(async () => {
      server = await open();
      owner = new Caller(server, server.owner);
    });
    afterAll(() => server.close());

    const create = (scope: string, more = {}) =>
      owner.ok<TokenBody>('POST', '/tokens', { name: `a ${scope}`, scope, ...more });

    test('a secret has 40 characters and is only in the reply that made it', async () => {
      const made = await create('read');
      expect(made.secret).toMatch(/^tdm[0-9a-z]{37}$/);
      const listed = await owner.get<{ tokens: TokenBody[] }>('/tokens');
      expect(listed.body.tokens[0]).toMatchObject({ id: made.id, name: 'a read', scope: 'read', revokedAt: null });
      expect(JSON.stringify(listed.body)).not.toContain(made.secret);
    });

    test.each([
      ['read', [200, 403, 403, 403]],
      ['write', [200, 201, 403, 403]],
      ['worker', [200, 403, 200, 403]],
      ['admin', [200, 201, 200, 200]],
    ] as const)('what a token of scope %s may do', async (scope, [read, write, work, admin]) => {
      const caller = new Caller(server, (await create(scope)).secret);
      const claim = { claimId: `claim-of-${scope}`, worker: 'nobody' };
      expect((await caller.get('/runs')).status).toBe(read);
      expect((await caller.post('/experiments', { name: `by ${scope}` })).status).toBe(write);
      const claimed = (await caller.post('/claims', claim)).status;
      // A worker that never said hello is not known, which only who may claim is told.
      expect(claimed === 404 ? 200 : claimed).toBe(work);
      expect((await caller.get('/tokens')).status).toBe(admin);
    });

    test('whoami says the name, the scope and the project', async () => {
      const caller = new Caller(server, (await create('worker')).secret);
      expect((await caller.get('/whoami')).body).toMatchObject({
        name: 'a worker',
        scope: 'worker',
        project: server.slug,
      });
    });

    test('a revoked token opens nothing, at once; again is success', async () => {
      const made = await create('write');
      const caller = new Caller(server, made.secret);
      expect((await caller.get('/whoami')).status).toBe(200);
      expect((await owner.delete(`/tokens/${made.id}`)).status).toBe(200);
      expect(await caller.fails('GET', '/whoami')).toMatchObject({ status: 401, code: 'unauthorized' });
      expect((await owner.delete(`/tokens/${made.id}`)).status).toBe(200);
      expect(await owner.fails('DELETE', '/tokens/999999')).toMatchObject({ code: 'not_found' });
    });

    test('an expired token opens nothing', async () => {
      const made = await create('write', { expiresInDays: 1 });
      const caller = new Caller(server, made.secret);
      expect((await caller.get('/whoami')).status).toBe(200);
      await server.advance(86_400_000 - 1);
      expect((await caller.get('/whoami')).status).toBe(200);
      await server.advance(1);
      expect(await caller.fails('GET', '/whoami')).toMatchObject({ status: 401, code: 'unauthorized' });
    });

    test('the last admin token stays', async () => {
      const { body } = await owner.get<{ tokens: TokenBody[] }>('/tokens');
      const admins = body.tokens.filter((token) => token.scope === 'admin' && token.revokedAt === null);
      const first = admins.at(-1)!;
      for (const { id } of admins) {
        if (id !== first.id) expect((await owner.delete(`/tokens/${id}`)).status).toBe(200);
      }
      expect(await owner.fails('DELETE', `/tokens/${first.id}`)).toMatchObject({ code: 'conflict' });
      expect((await owner.get('/whoami')).status).toBe(200);
    });

    test.each([
      [{ name: 'x', scope: 'root' }, ['scope']],
      [{ name: '', scope: 'read' }, ['name']],
      [{ name: 'x', scope: 'read', expiresInDays: -1 }, ['expiresInDays']],
    ])('refuses %j', async (body, path) => {
      const error = await owner.fails('POST', '/tokens', body);
      expect(error).toMatchObject({ code: 'invalid_request', details: [{ path }] });
    });

    test.each(['', 'Bearer', 'Basic abc', 'Bearer tdmx', `Bearer ${'x'.repeat(5000)}`, "Bearer ' OR 1=1 --"])(
      'the header %j opens nothing',
      async (authorization) => {
        const response = await server.fetch('/api/v1/runs', { headers: { authorization } });
        expect(response.status).toBe(401);
        expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } });
      },
    );
  });
}
