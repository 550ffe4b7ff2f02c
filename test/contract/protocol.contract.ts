import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller, type Open, type TestScope, type TestServer } from './server.ts';

const table = Object.entries(routes) as [string, Route][];
const filled = (path: string): string =>
  path
    .replace('{digest}', 'a'.repeat(64))
    .replace('{path+}', 'a/b.txt')
    .replace(/\{(id|run)\}/, (_, name) => (path.startsWith('/runs') || name === 'run' ? '0'.repeat(32) : '999999'))
    .replace('{ref}', 'name');

const allowed: Record<TestScope, readonly string[]> = {
  read: ['read'],
  write: ['read', 'write'],
  worker: ['read', 'worker'],
  admin: ['read', 'write', 'worker', 'admin'],
};

export function suite(open: Open): void {
  describe('protocol', () => {
    let server: TestServer;
    const callers = new Map<TestScope, Caller>();

    beforeAll(async () => {
      server = await open();
      for (const scope of ['read', 'write', 'worker', 'admin'] as const)
        callers.set(scope, await Caller.of(server, scope));
    });
    afterAll(() => server.close());

    test.each(table.filter(([, route]) => route.scope !== 'public'))('%s needs its scope', async (_name, route) => {
      const path = filled(route.path);
      const body = route.body === undefined || route.body === 'bytes' ? undefined : {};
      // So many refusals of one address would make it wait.
      await server.advance(1000);
      expect(await new Caller(server, null).fails(route.method, path, body)).toMatchObject({
        status: 401,
        code: 'unauthorized',
      });
      for (const [scope, caller] of callers) {
        const { status } = await caller.send(route.method, path, body).catch(() => ({ status: 200 }));
        const may = allowed[scope].includes(route.scope) || (route.workerToo === true && scope === 'worker');
        if (may) expect([401], `${scope} may`).not.toContain(status);
        else expect(status, `${scope} may not`).toBe(403);
      }
    });

    test.each(
      table.filter(([, route]) => route.body !== undefined && route.body !== 'bytes' && route.scope !== 'public'),
    )('%s refuses a body of nonsense, and never breaks', async (_name, route) => {
      for (const body of [
        '[]',
        '"text"',
        'null',
        '{"__proto__": {"a": 1}, "constructor": 1}',
        '{"unknown": {"deep": [1]}}',
      ]) {
        const error = await callers.get('admin')!.fails(route.method, filled(route.path), body);
        expect([400, 404, 409], JSON.stringify(error)).toContain(error.status);
      }
    });

    test('an unknown path is 404 in the contract’s shape, with a request id', async () => {
      const error = await callers.get('read')!.fails('GET', '/nothing');
      expect(error).toMatchObject({ status: 404, code: 'not_found' });
      expect(error.requestId).toMatch(/^[0-9a-f]{16}$/);
    });

    test('health needs no token', async () => {
      const response = await server.fetch('/healthz');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ ok: true });
    });

    test('openapi.json names every operation', async () => {
      const response = await server.fetch('/api/v1/openapi.json');
      expect(response.status).toBe(200);
      const document = (await response.json()) as {
        openapi: string;
        paths: Record<string, Record<string, { operationId: string }>>;
      };
      expect(document.openapi).toBe('3.1.0');
      const operations = Object.values(document.paths).flatMap((path) =>
        Object.values(path).map(({ operationId }) => operationId),
      );
      expect(operations).toEqual(expect.arrayContaining(table.map(([name]) => name)));
    });
  });
}
