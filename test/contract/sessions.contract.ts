import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrontServer, OpenFront } from './front-server.ts';

export function frontSuite(open: OpenFront): void {
  describe('sessions', () => {
    let server: FrontServer;
    let other: FrontServer;
    let origin: string;

    beforeAll(async () => {
      server = await open();
      other = await open();
      origin = new URL(server.url).origin;
    });
    afterAll(async () => {
      await server.close();
      await other.close();
    });

    const send = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
      server.fetch(path, {
        method,
        redirect: 'manual',
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const login = (token: string) => send('POST', '/api/v1/session', {}, { token });
    const cookieOf = (response: Response): string => response.headers.get('set-cookie')!.split(';')[0]!;
    const loggedIn = async (token = server.owner): Promise<string> => cookieOf(await login(token));
    const whoami = (cookie: string, at = server) => at.fetch('/api/v1/whoami', { headers: { cookie } });

    test('a token becomes a cookie that scripts cannot read and other sites cannot send', async () => {
      const response = await login(server.owner);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ scope: 'admin' });
      const cookie = response.headers.get('set-cookie')!;
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; SameSite=Strict/);
      expect(cookie).not.toContain(server.owner);
      expect((await whoami(cookieOf(response))).status).toBe(200);
    });

    test('over HTTPS the cookie is Secure', async () => {
      const response = await send('POST', '/api/v1/session', { 'x-forwarded-proto': 'https' }, { token: server.owner });
      expect(response.headers.get('set-cookie')).toMatch(/; Secure/);
    });

    test('what a session changes must come from our own pages', async () => {
      const cookie = await loggedIn();
      const body = { name: 'by a browser' };
      const post = (headers: Record<string, string>) =>
        send('POST', '/api/v1/experiments', { cookie, ...headers }, body);
      for (const foreign of ['https://evil.example', 'null', `${origin}.evil.example`, origin.replace(/\d+$/, '1')]) {
        const refused = await post({ origin: foreign });
        expect(refused.status, foreign).toBe(403);
        expect(await refused.json()).toMatchObject({ error: { code: 'forbidden' } });
      }
      expect((await post({})).status).toBe(403);
      expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
      const listed = await send('GET', '/api/v1/experiments', { cookie });
      expect(await listed.json()).toEqual({ experiments: [] });
      expect((await post({ origin })).status).toBe(201);
    });

    test('a foreign page’s request with a token of its own is no business of the session’s', async () => {
      const headers = { authorization: `Bearer ${server.owner}`, origin: 'https://notebook.example' };
      expect((await send('POST', '/api/v1/experiments', headers, { name: 'by a notebook' })).status).toBe(201);
    });

    test('log out ends it for good', async () => {
      const cookie = await loggedIn();
      const out = await send('DELETE', '/api/v1/session', { cookie, origin });
      expect(out.status).toBe(200);
      expect(out.headers.get('set-cookie')).toMatch(/Max-Age=0/);
      expect((await whoami(cookie)).status).toBe(401);
    });

    test('a session ends with its token, and after its time', async () => {
      const token = await server.token('write');
      const cookie = await loggedIn(token);
      const { id } = (
        (await (await send('GET', '/api/v1/tokens', { authorization: `Bearer ${server.owner}` })).json()) as {
          tokens: { id: number }[];
        }
      ).tokens[0]!;
      await send('DELETE', `/api/v1/tokens/${id}`, { authorization: `Bearer ${server.owner}` });
      expect((await whoami(cookie)).status).toBe(401);

      const old = await loggedIn();
      await server.advance(90 * 86_400_000);
      expect((await whoami(old)).status).toBe(401);
    });

    test('a cookie opens no other project, under whatever name', async () => {
      const cookie = await loggedIn();
      const secret = cookie.split('=')[1]!;
      for (const name of [`tidemark-${server.slug}`, `tidemark-${other.slug}`, 'tidemark-default']) {
        expect((await whoami(`${name}=${secret}`, other)).status).toBe(401);
      }
    });

    test('a token or a code is no cookie, nor a cookie a token', async () => {
      const cookie = await loggedIn();
      const secret = cookie.split('=')[1]!;
      expect((await whoami(`tidemark-${server.slug}=${server.owner}`)).status).toBe(401);
      expect((await send('GET', '/api/v1/whoami', { authorization: `Bearer ${secret}` })).status).toBe(401);
    });

    test('a wrong token is refused, and after ten the address waits', async () => {
      const wrong = `tdm${'0'.repeat(37)}`;
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++) statuses.push((await login(wrong)).status);
      expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
      expect(statuses.slice(10)).toEqual([429, 429]);
      const limited = await login(server.owner);
      expect(limited.status).toBe(429);
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
      await server.advance(61_000);
      expect((await login(server.owner)).status).toBe(200);
    });

    test('a login link works once, for the rights of who made it', async () => {
      const token = await server.token('read');
      const made = await send('POST', '/api/v1/login-links', { authorization: `Bearer ${token}` });
      expect(made.status).toBe(201);
      const { path } = (await made.json()) as { path: string };
      expect(path).toMatch(new RegExp(`^/p/${server.slug}/login\\?code=`));
      // A preview of the link takes nothing away.
      await fetch(server.url + path, { method: 'HEAD', redirect: 'manual' });

      const first = await fetch(server.url + path, { redirect: 'manual' });
      expect(first.status).toBe(303);
      expect(first.headers.get('location')).toBe(`/p/${server.slug}/`);
      const cookie = cookieOf(first);
      expect(await (await whoami(cookie)).json()).toMatchObject({ scope: 'read', project: server.slug });

      const again = await fetch(server.url + path, { redirect: 'manual' });
      expect(again.headers.get('set-cookie')).toBeNull();
      expect(again.headers.get('location')).toContain(`/p/${server.slug}/login?error=`);
      const inside = await fetch(server.url + path, { redirect: 'manual', headers: { cookie } });
      expect(inside.headers.get('location')).toBe(`/p/${server.slug}/`);
    });

    test('a login link is void after a day, and in another project', async () => {
      const make = async (): Promise<string> => {
        const made = await send('POST', '/api/v1/login-links', { authorization: `Bearer ${server.owner}` });
        return ((await made.json()) as { path: string }).path;
      };
      const elsewhere = (await make()).replace(`/p/${server.slug}/`, `/p/${other.slug}/`);
      expect((await fetch(server.url + elsewhere, { redirect: 'manual' })).headers.get('set-cookie')).toBeNull();
      const old = await make();
      await server.advance(86_400_000);
      expect((await fetch(server.url + old, { redirect: 'manual' })).headers.get('set-cookie')).toBeNull();
    });
  });
}
