import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrontServer, OpenFront } from './front-server.ts';

export function frontSuite(open: OpenFront): void {
  describe('front', () => {
    let server: FrontServer;
    let other: FrontServer;

    beforeAll(async () => {
      server = await open();
      other = await open();
    });
    afterAll(async () => {
      await server.close();
      await other.close();
    });

    const at = (path: string, init: RequestInit = {}) => fetch(server.url + path, { redirect: 'manual', ...init });
    const projects = (body?: unknown, token = server.admin) =>
      at('/api/v1/projects', {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${token}` },
      });

    test('/healthz answers anybody', async () => {
      const response = await at('/healthz');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ ok: true, version: expect.any(String) });
    });

    test('a project has a health of its own, unless there is none', async () => {
      expect((await at(`/p/${server.slug}/healthz`)).status).toBe(200);
      expect((await at('/p/unknown/healthz')).status).toBe(404);
    });

    test('a project is created once, by an admin of `default`, and listed', async () => {
      const slug = `made-${server.slug}`;
      const made = await projects({ slug });
      expect(made.status).toBe(201);
      const { token } = (await made.json()) as { token: string };
      const inside = await at(`/p/${slug}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
      expect(await inside.json()).toMatchObject({ project: slug, scope: 'admin' });
      const again = await projects({ slug });
      expect([again.status, ((await again.json()) as { error: { code: string } }).error.code]).toEqual([
        409,
        'conflict',
      ]);
      const listed = (await (await projects()).json()) as { projects: { slug: string }[] };
      expect(listed.projects[0]?.slug).toBe('default');
      expect(listed.projects.map((project) => project.slug)).toContain(slug);
    });

    test('nobody else creates or lists projects', async () => {
      expect((await projects({ slug: 'mine' }, server.owner)).status).toBe(401);
      expect((await projects(undefined, server.owner)).status).toBe(401);
      expect((await at('/api/v1/projects', { method: 'POST', body: '{"slug":"mine"}' })).status).toBe(403);
      expect((await at('/api/v1/projects')).status).toBe(401);
      const listed = (await (await projects()).json()) as { projects: { slug: string }[] };
      expect(listed.projects.map((project) => project.slug)).not.toContain('mine');
    });

    test.each([
      { slug: 'Upper' },
      { slug: '' },
      { slug: '9' },
      { slug: 'a'.repeat(33) },
      { slug: '../a' },
      { slug: 'default' },
      {},
    ])('refuses the project %j', async (body) => {
      const response = await projects(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: { code: 'invalid_request', details: [{ path: ['slug'] }] },
      });
    });

    test.each([
      '/p/unknown',
      '/p/Unknown',
      '/p/un%6bnown',
      '/p/..%2fdefault',
      '/p/',
      `/p/${'a'.repeat(40)}`,
      '/p/_directory',
    ])('%s is no project, and asking for it makes none', async (prefix) => {
      const before = await (await projects()).json();
      for (const init of [{}, { method: 'POST', body: '{"name":"x"}' }]) {
        const response = await at(`${prefix}/api/v1/experiments`, {
          ...init,
          headers: { authorization: `Bearer ${server.admin}` },
        });
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: { code: 'not_found', requestId: expect.any(String) } });
      }
      expect(await (await projects()).json()).toEqual(before);
    });

    test('one project’s tokens open no other', async () => {
      for (const scope of ['read', 'write', 'worker', 'admin'] as const) {
        const token = await server.token(scope);
        const response = await other.fetch('/api/v1/runs', { headers: { authorization: `Bearer ${token}` } });
        expect(response.status).toBe(401);
      }
      const admin = await other.fetch('/api/v1/runs', { headers: { authorization: `Bearer ${server.admin}` } });
      expect(admin.status).toBe(401);
    });

    test('an address that is nobody’s is a 404 in the contract’s shape, with no word of the inside', async () => {
      const headers = { authorization: `Bearer ${server.owner}` };
      for (const [path, init] of [
        ['/api/v1/nothing', {}],
        ['/api/', {}],
        ['/api/v2/runs', {}],
        ['/api/v1/runs/x%00', {}],
        ['/api/v1/experiments', { method: 'DELETE' }],
        ['/api/v1/experiments', { method: 'POST', body: '{' }],
        ['/api/v1/experiments', { method: 'POST', body: '"\\ud800"' }],
        ['/api/v1/runs?cursor=%F0%9F', {}],
        ['/api/v1/live', {}],
      ] as [string, RequestInit][]) {
        const response = await server.fetch(path, { ...init, headers });
        expect([400, 404], path).toContain(response.status);
        const text = await response.text();
        expect(JSON.parse(text)).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
        expect(text).not.toMatch(/SQLITE|SELECT |node_modules|\.ts:\d|at async/);
        expect(response.headers.get('x-content-type-options')).toBe('nosniff');
        expect(response.headers.get('cache-control')).toBe('no-store');
      }
    });

    test('headers that only the front may send are worth nothing from outside', async () => {
      const digest = 'd'.repeat(64);
      const context = {
        slug: 'default',
        bytes: { phase: 'commit', stored: { digest, size: 1 } },
        principal: { scope: 'admin' },
      };
      const headers = { 'x-tidemark-context': JSON.stringify(context), 'x-tidemark-plan': 'true' };
      expect((await server.fetch('/api/v1/whoami', { headers })).status).toBe(401);
      const forged = await server.fetch(`/api/v1/blobs/${digest}`, {
        method: 'PUT',
        body: 'x',
        headers: { ...headers, authorization: `Bearer ${server.owner}` },
      });
      expect(forged.status).toBe(400);
      const plan = await server.fetch('/api/v1/blobs/x', {
        headers: { ...headers, authorization: `Bearer ${server.owner}` },
      });
      expect(plan.status).toBe(400);
    });

    test('pages are the dashboard’s', async () => {
      const response = await at(`/p/${server.slug}/runs/abc`);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<title>the dashboard</title>');
    });
  });
}
