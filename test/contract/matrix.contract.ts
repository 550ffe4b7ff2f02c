import { frontRoutes } from '@tidemark/api/contract/front';
import { routes } from '@tidemark/api/contract/index';
import type { Route, Scope } from '@tidemark/api/contract/route';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

const SCOPES = ['read', 'write', 'worker', 'admin'] as const;
type Held = (typeof SCOPES)[number];

/** Said here once more, so that a change of what a scope may do is seen. */
const MAY: Record<Held, readonly Scope[]> = {
  read: ['public', 'read'],
  write: ['public', 'read', 'write'],
  worker: ['public', 'read', 'worker'],
  admin: ['public', 'read', 'write', 'worker', 'admin'],
};
/** Whoever wants another to be open to everybody says so here. */
const PUBLIC = ['createSession', 'endSession', 'home', 'loginOptions'];
/** Nothing of the project changes by these, though they are no GET. */
const READ_THOUGH_NO_GET = ['validateConfig', 'createLoginLink', 'endSessions', 'endOneSession', 'replayAlert'];
/** What tells or changes who may do what: admins only. */
const ADMIN_TAGS = ['members', 'audit'];

const table = Object.entries<Route>(routes);
const all = [...table, ...Object.entries<Route>(frontRoutes)];

describe('the scope of every route', () => {
  test.each(all)('%s has one that fits what it does', (name, route) => {
    expect(['public', 'read', 'write', 'worker', 'admin']).toContain(route.scope);
    expect(route.scope === 'public', 'public').toBe(PUBLIC.includes(name));
    if (route.method !== 'GET' && route.scope === 'read') expect(READ_THOUGH_NO_GET).toContain(name);
    if (ADMIN_TAGS.includes(route.tag)) expect(route.scope).toBe('admin');
  });
});

export function frontSuite(open: OpenFront): void {
  describe('route by scope', () => {
    let server: FrontServer;
    let other: FrontServer;
    const tokens = {} as Record<Held, string>;
    let strangers: Record<string, string>;

    beforeAll(async () => {
      server = await open();
      other = await open();
      const owner = new Caller(server, server.owner);
      const make = (body: object) => owner.ok<{ id: number; secret: string }>('POST', '/tokens', body);
      const expired = await make({ name: 'expired', scope: 'admin', expiresInDays: 1 });
      const revoked = await make({ name: 'revoked', scope: 'admin' });
      await owner.ok('DELETE', `/tokens/${revoked.id}`);
      await server.advance(86_400_000);
      strangers = { expired: expired.secret, revoked: revoked.secret, 'another project’s': other.owner };
    });
    afterAll(async () => {
      await server.close();
      await other.close();
    });

    const send = async (route: Route, token: string | null): Promise<number> => {
      const response = await server.fetch(`/api/v1${filled(route.path)}`, {
        method: route.method,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { body: '{}' }),
      });
      await response.body?.cancel();
      return response.status;
    };

    test('without a credential, or with one that is none here, nothing is open', async () => {
      for (const [name, route] of table) {
        if (route.scope === 'public') continue;
        // The second is a limit's, for so many tries of one address.
        expect([401, 429], name).toContain(await send(route, null));
      }
      await server.advance(600_000);
      for (const [what, token] of Object.entries(strangers)) {
        for (const [name, route] of table) {
          if (route.scope !== 'public')
            expect([401, 429], `${name} by ${what} token`).toContain(await send(route, token));
        }
        await server.advance(600_000);
      }
    });

    test.each(SCOPES)('a token of scope %s opens what its scope says, and no more', async (scope) => {
      tokens[scope] = await server.token(scope);
      for (const [name, route] of table) {
        // The last would end what the test goes on with.
        if (route.scope === 'public' || name === 'endSessions') continue;
        const opens = MAY[scope].includes(route.scope) || (scope === 'worker' && route.workerToo === true);
        const status = await send(route, tokens[scope]);
        if (!opens) expect(status, name).toBe(403);
        // A worker's token writes what is a run's only with its lease.
        else if (!(scope === 'worker' && route.workerToo)) expect([401, 403, 429], name).not.toContain(status);
      }
    });

    test('an address of the API that is in no contract is not there', async () => {
      for (const path of ['/api/v1/', '/api/v1/admin', '/api/v1/tokens/1/secret', '/api/v2/runs']) {
        const response = await server.fetch(path, { headers: { authorization: `Bearer ${server.owner}` } });
        expect([404, 400], path).toContain(response.status);
      }
    });

    test.each(['read', 'write', 'worker'] as const)(
      'what stands before the projects is not for a token of scope %s',
      async (scope) => {
        const token = await server.token(scope);
        for (const [name, route] of Object.entries<Route>(frontRoutes)) {
          if (route.scope === 'public') continue;
          for (const credential of [token, server.owner, null]) {
            const response = await fetch(
              `${server.url}/api/v1${route.path.replace('{slug}', other.slug)}?confirm=${other.slug}`,
              {
                method: route.method,
                headers:
                  credential === null
                    ? { origin: new URL(server.url).origin }
                    : { authorization: `Bearer ${credential}` },
                ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { body: '{}' }),
              },
            );
            expect([401, 403, 429], name).toContain(response.status);
          }
        }
        expect((await new Caller(other, other.owner).get('/whoami')).status).toBe(200);
      },
    );
  });
}

const filled = (path: string): string =>
  path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) =>
    name === 'run' || (name === 'id' && path.startsWith('/runs'))
      ? '0'.repeat(32)
      : name === 'id'
        ? '987654'
        : 'd'.repeat(64),
  );
