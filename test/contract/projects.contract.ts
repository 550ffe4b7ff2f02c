import { createHash } from 'node:crypto';
import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { type RunBody, register } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

interface Entry {
  slug: string;
  title: string;
  state: string;
  runs: number;
  running: number;
  token: string;
  role: string | null;
}

export function frontSuite(open: OpenFront): void {
  describe('projects', () => {
    let server: FrontServer;
    let other: FrontServer;
    /** What stands before the projects, without a prefix. */
    const front = (token: string | null): Caller =>
      new Caller({ fetch: (path, init) => fetch(server.url + path, init) }, token);
    const within = (slug: string, token: string): Caller =>
      new Caller({ fetch: (path, init) => fetch(`${server.url}/p/${slug}${path}`, init) }, token);
    let made = 0;
    const create = async (title = ''): Promise<Entry> =>
      front(server.admin).ok<Entry>('POST', '/projects', { slug: `${server.slug}-p${++made}`, title });

    beforeAll(async () => {
      server = await open();
      other = await open();
    });
    afterAll(async () => {
      await server.close();
      await other.close();
    });

    test('has a title and its figures, told when it changes', async () => {
      const project = await create('Computer vision');
      expect(project).toMatchObject({ title: 'Computer vision', state: 'active', runs: 0 });
      await register(within(project.slug, project.token));
      const told = await until('its figures', async () => {
        const entry = await front(server.admin).ok<Entry>('GET', `/projects/${project.slug}`);
        return entry.runs === 1 ? entry : null;
      });
      expect(told).toMatchObject({ slug: project.slug, running: 0, lastActivityAt: expect.any(Number) });
    });

    test('its own admin changes it too, another project’s does not', async () => {
      const project = await create();
      const path = `/projects/${project.slug}`;
      expect(await front(project.token).ok('PATCH', path, { title: 'Mine' })).toMatchObject({ title: 'Mine' });
      expect(await front(project.token).ok('PATCH', path, { archived: true })).toMatchObject({ state: 'archived' });
      expect(await front(server.admin).ok('PATCH', path, { archived: false })).toMatchObject({ state: 'active' });
      expect((await front(server.owner).patch(path, { title: 'Theirs' })).status).toBe(401);
      expect(await front(server.admin).fails('PATCH', path, { title: 7 })).toMatchObject({ code: 'invalid_request' });
      const audit = await within(project.slug, project.token).ok<{ entries: { actor: string; action: string }[] }>(
        'GET',
        '/audit',
      );
      expect(audit.entries[0]).toMatchObject({
        action: 'updateProject',
        actor: expect.stringContaining('admin of default'),
      });
    });

    test('an admin of `default` gets a token of it, which its audit log says', async () => {
      const project = await create();
      const { secret } = await front(server.admin).ok<{ secret: string }>('POST', `/projects/${project.slug}/tokens`);
      expect(await within(project.slug, secret).ok('GET', '/whoami')).toMatchObject({ scope: 'admin' });
      expect((await front(project.token).post(`/projects/${project.slug}/tokens`)).status).toBe(403);
      const audit = await within(project.slug, secret).ok<{ entries: { action: string }[] }>('GET', '/audit');
      expect(audit.entries[0]?.action).toBe('createToken');
    });

    test('is deleted with its slug said once more: it answers nothing, and then the slug is free and empty', async () => {
      const project = await create();
      const inside = within(project.slug, project.token);
      const run = await register(inside);
      await fetch(`${server.url}/p/${project.slug}/api/v1/runs/${run.id}/artifacts/a.txt`, {
        method: 'PUT',
        body: 'bytes of a deleted project',
        headers: { authorization: `Bearer ${project.token}` },
      });
      const path = `/projects/${project.slug}`;
      for (const confirm of ['', '?confirm=', '?confirm=other']) {
        expect(await front(server.admin).fails('DELETE', `${path}${confirm}`)).toMatchObject({
          code: 'invalid_request',
        });
      }
      expect((await inside.get('/runs')).status).toBe(200);
      expect(await front(server.admin).fails('DELETE', '/projects/default?confirm=default')).toMatchObject({
        code: 'conflict',
      });
      expect(await front(project.token).ok('DELETE', `${path}?confirm=${project.slug}`)).toMatchObject({
        state: 'deleting',
      });
      expect((await inside.get('/runs')).status).toBe(404);
      await until('the slug to be free', async () => (await front(server.admin).get(path)).status === 404);
      const again = await front(server.admin).ok<Entry>('POST', '/projects', { slug: project.slug });
      expect((await inside.get('/runs')).status).toBe(401);
      const anew = within(project.slug, again.token);
      expect((await anew.ok<{ runs: unknown[] }>('GET', '/runs')).runs).toEqual([]);
      const bytes = createHash('sha256').update('bytes of a deleted project').digest('hex');
      expect((await anew.get(`/blobs/${bytes}`)).status).toBe(404);
      const audit = await front(server.admin).ok<{ entries: object[] }>('GET', '/audit?action=deleteProject&limit=1');
      expect(audit.entries[0]).toMatchObject({ target: project.slug });
    });

    test('home lists what one may open, and nobody is told of another', async () => {
      const project = await create('Home');
      const nobody = await front(null).ok<{ projects: Entry[]; mayCreate: boolean }>('GET', '/home');
      expect(nobody).toEqual({ projects: [], person: null, mayCreate: false });
      const admin = await front(server.admin).ok<typeof nobody>('GET', '/home');
      expect(admin.mayCreate).toBe(true);
      expect(admin.projects.map(({ slug }) => slug)).toEqual(expect.arrayContaining(['default', project.slug]));
      const login = await fetch(`${server.url}/p/${project.slug}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: project.token }),
      });
      const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
      const home = await fetch(`${server.url}/api/v1/home`, { headers: { cookie } });
      const mine = (await home.json()) as typeof nobody;
      expect(mine.projects.map(({ slug, role }) => [slug, role])).toEqual([[project.slug, 'admin']]);
    });

    test('no request through one project’s address reads or writes another’s: every route, with the other’s ids and credentials', async () => {
      const victim = new Caller(server, server.owner);
      const run = await register(victim, { name: 'NAME-OF-THE-VICTIM' });
      await server.fetch(`/api/v1/runs/${run.id}/artifacts/a.txt`, {
        method: 'PUT',
        body: 'BYTES-OF-THE-VICTIM',
        headers: { authorization: `Bearer ${server.owner}` },
      });
      const digest = createHash('sha256').update('BYTES-OF-THE-VICTIM').digest('hex');
      const cookie = await cookieOf(server);
      const before = await victim.ok('GET', `/runs/${run.id}`);
      const origin = new URL(server.url).origin;
      const own: Record<string, string> = { authorization: `Bearer ${other.owner}` };
      const foreign: Record<string, string>[] = [
        { authorization: `Bearer ${server.owner}` },
        { cookie, origin },
        { cookie: cookie.replace(server.slug, other.slug), origin },
        { cookie: `tidemark.person=${cookie.split('=')[1]}`, origin },
      ];
      const values: Record<string, string> = { id: run.id, run: run.id, path: 'a.txt', digest };
      for (const [name, route] of Object.entries<Route>(routes)) {
        const path = `/api/v1${route.path.replaceAll(/\{(\w+)\+?\}/g, (_, part: string) => values[part] ?? 'x')}`;
        const init: RequestInit = {
          method: route.method,
          ...(route.method === 'GET' || route.method === 'DELETE' ? {} : { body: '{}' }),
        };
        // endSessions would end only its own, and logs in nobody.
        if (route.scope === 'public') continue;
        const asOwn = await other.fetch(path, { ...init, headers: own });
        const text = await asOwn.text();
        expect(text, name).not.toMatch(/-OF-THE-VICTIM/);
        if (/^\/(runs|leases|blobs)\/\{/.test(route.path) && route.method === 'GET')
          expect(asOwn.status, name).toBe(404);
        for (const headers of foreign) {
          const response = await other.fetch(path, { ...init, headers });
          expect([401, 429], `${name} with ${JSON.stringify(headers)}`).toContain(response.status);
          await response.body?.cancel();
        }
        await other.advance(60_000);
      }
      expect(await victim.ok('GET', `/runs/${run.id}`)).toEqual(before);
      const bytes = await server.fetch(`/api/v1/runs/${run.id}/artifacts/a.txt`, {
        headers: { authorization: `Bearer ${server.owner}` },
      });
      expect(await bytes.text()).toBe('BYTES-OF-THE-VICTIM');
      expect((await new Caller(other, other.owner).get<{ runs: RunBody[] }>('/runs')).status).toBe(200);
    });

    async function cookieOf(of: FrontServer): Promise<string> {
      const response = await of.fetch('/api/v1/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: of.owner }),
      });
      return response.headers.get('set-cookie')!.split(';')[0]!;
    }
  });
}
