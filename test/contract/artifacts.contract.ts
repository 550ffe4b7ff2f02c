import { createHash, randomBytes } from 'node:crypto';
import { request as rawRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claim, hello, type RunBody, register } from './documents.ts';
import type { FrontServer, OpenFront } from './front-server.ts';
import { Caller } from './server.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const contentDigest = (bytes: Uint8Array): string => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;
const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(value));

export function frontSuite(open: OpenFront): void {
  describe('artifacts', () => {
    let server: FrontServer;
    let user: Caller;
    let run: RunBody;
    let token: string;

    beforeAll(async () => {
      server = await open();
      token = await server.token('write');
      user = new Caller(server, token);
      run = await register(user, { requires: ['nobody=yes'] });
    });
    afterAll(() => server.close());

    const at = (path: string, id = run.id) => `/api/v1/runs/${id}/artifacts/${path}`;
    const put = (path: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, id = run.id) =>
      server.fetch(at(path, id), { method: 'PUT', body, headers: { authorization: `Bearer ${token}`, ...headers } });
    const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      server.fetch(at(path), { method, headers: { authorization: `Bearer ${token}`, ...headers } });
    const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
    const list = async (query = '') =>
      (await user.ok<{ artifacts: { path: string }[] }>('GET', `/runs/${run.id}/artifacts${query}`)).artifacts.map(
        (artifact) => artifact.path,
      );

    test('what was put is what is got, byte for byte, with its digest', async () => {
      const bytes = new Uint8Array(randomBytes(100_000));
      const stored = await put('model/best.onnx', bytes, { 'content-digest': contentDigest(bytes) });
      expect(stored.status).toBe(201);
      expect(await stored.json()).toEqual({
        path: 'model/best.onnx',
        digest: sha256(bytes),
        size: bytes.length,
        contentType: 'application/octet-stream',
        createdAt: server.now(),
      });
      const got = await get('model/best.onnx');
      expect(got.status).toBe(200);
      expect(got.headers.get('content-length')).toBe(String(bytes.length));
      expect(got.headers.get('etag')).toBe(`"${sha256(bytes)}"`);
      expect(got.headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
      expect(await bytesOf(got)).toEqual(bytes);
    });

    test.each([0, 1, 20 * 2 ** 20 + 7])('%i bytes, with and without a digest', async (size) => {
      const bytes = new Uint8Array(randomBytes(size));
      for (const headers of [{}, { 'content-digest': contentDigest(bytes) }] as Record<string, string>[]) {
        const path = `sizes/${size}-${Object.keys(headers).length}`;
        const stored = await put(path, bytes, headers);
        expect(stored.status).toBe(201);
        expect(await stored.json()).toMatchObject({ size, digest: sha256(bytes) });
        expect(sha256(await bytesOf(await get(path)))).toBe(sha256(bytes));
      }
    });

    test('other bytes than announced are refused, and nothing is kept', async () => {
      const announced = text('what was meant');
      const refused = await put('wrong.txt', text('what came'), { 'content-digest': contentDigest(announced) });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ error: { code: 'invalid_request' } });
      expect((await get('wrong.txt')).status).toBe(404);
      const blob = await server.fetch(`/api/v1/blobs/${sha256(announced)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(blob.status).toBe(404);
      expect((await put('wrong.txt', text('x'), { 'content-digest': 'md5=:abc:' })).status).toBe(400);
    });

    test('the same again is success; other bytes take the place', async () => {
      const first = text('{"a":1}');
      expect((await put('report.json', first)).status).toBe(201);
      expect((await put('report.json', first)).status).toBe(201);
      expect((await put('report.json', text('{"a":2}'), { 'content-type': 'application/json' })).status).toBe(201);
      const got = await get('report.json');
      expect(got.headers.get('content-type')).toBe('application/json');
      expect(await got.json()).toEqual({ a: 2 });
      expect((await list('?prefix=report')).length).toBe(1);
    });

    test('lists by path and prefix; delete takes one away', async () => {
      for (const path of ['b/2', 'b/1', 'b%2', 'c'])
        await put(encodeURIComponent(path).replaceAll('%2F', '/'), text(path));
      expect(await list('?prefix=b/')).toEqual(['b/1', 'b/2']);
      expect(await list('?prefix=b%25')).toEqual(['b%2']);
      expect((await user.delete(`/runs/${run.id}/artifacts/b/1`)).status).toBe(200);
      expect(await list('?prefix=b/')).toEqual(['b/2']);
      expect(await user.fails('DELETE', `/runs/${run.id}/artifacts/b/1`)).toMatchObject({ code: 'not_found' });
      expect(await user.fails('GET', `/runs/${'0'.repeat(32)}/artifacts`)).toMatchObject({ code: 'not_found' });
    });

    test('every range is the slice it names', async () => {
      const bytes = new Uint8Array(randomBytes(1000));
      await put('ranged', bytes);
      const bound = fc.nat(1100);
      await fc.assert(
        fc.asyncProperty(bound, bound, fc.constantFrom('both', 'from', 'last'), async (a, b, kind) => {
          const header = kind === 'both' ? `bytes=${a}-${b}` : kind === 'from' ? `bytes=${a}-` : `bytes=-${b}`;
          const response = await get('ranged', { range: header });
          const body = await bytesOf(response);
          const [start, end] =
            kind === 'last' ? [Math.max(0, 1000 - b), 999] : [a, kind === 'both' ? Math.min(b, 999) : 999];
          if (kind === 'both' && b < a) {
            expect(response.status).toBe(200);
            expect(body).toEqual(bytes);
          } else if (start > 999 || (kind === 'last' && b === 0)) {
            expect(response.status).toBe(416);
            expect(response.headers.get('content-range')).toBe('bytes */1000');
          } else {
            expect(response.status).toBe(206);
            expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/1000`);
            expect(body).toEqual(bytes.slice(start, end + 1));
          }
        }),
        { numRuns: 60 },
      );
    });

    test('HEAD, If-None-Match, If-Range, several ranges', async () => {
      const bytes = text('0123456789');
      await put('cached.txt', bytes);
      const etag = `"${sha256(bytes)}"`;
      const head = await get('cached.txt', {}, 'HEAD');
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
      for (const match of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const response = await get('cached.txt', { 'if-none-match': match });
        expect([response.status, await response.text()]).toEqual([304, '']);
      }
      expect((await get('cached.txt', { 'if-none-match': '"x"' })).status).toBe(200);
      expect((await get('cached.txt', { range: 'bytes=0-1', 'if-range': '"old"' })).status).toBe(200);
      expect((await get('cached.txt', { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
      expect((await get('cached.txt', { range: 'bytes=0-1,3-4' })).status).toBe(200);
    });

    test('an uploaded page cannot act as the user; an image can be drawn', async () => {
      const page = text('<script>alert(1)</script>');
      await put('evil.html', page, { 'content-type': 'text/html' });
      await put('evil.svg', page, { 'content-type': 'image/svg+xml' });
      await put('odd name "ü\u202e.html', page, { 'content-type': 'text/html; charset=utf-8' });
      for (const path of ['evil.html', 'evil.svg', 'odd name "ü\u202e.html']) {
        const got = await get(encodeURIComponent(path));
        expect(got.headers.get('content-type')).toBe('application/octet-stream');
        expect(got.headers.get('content-disposition')).toMatch(/^attachment; filename="[^"]*"; filename\*=UTF-8''\S+$/);
        expect(got.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
        expect(got.headers.get('x-content-type-options')).toBe('nosniff');
        expect(got.headers.get('cross-origin-resource-policy')).toBe('same-origin');
        await got.body?.cancel();
      }
      await put('samples/augmented.png', page, { 'content-type': 'image/png' });
      expect((await get('samples/augmented.png')).headers.get('content-type')).toBe('image/png');
    });

    /** Sends a path as it stands: `fetch` would tidy it up. */
    const raw = (path: string, method = 'GET'): Promise<number> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(server.url);
        const headers = { authorization: `Bearer ${token}` };
        const sent = rawRequest({ hostname, port, path, method, headers }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        });
        sent.on('error', reject);
        sent.end(method === 'PUT' ? 'x' : undefined);
      });

    test.each([
      '../secret',
      '..%2fsecret',
      '%2e%2e/%2e%2e/etc/passwd',
      '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
      'a/../../b',
      'a//b',
      '%2fetc/passwd',
      'a%00b',
      'a%5c..%5cb',
      'a%0d%0ab',
    ])('the path %s leaves no run’s folder', async (path) => {
      const before = await list();
      const base = `/p/${server.slug}/api/v1/runs/${run.id}/artifacts/`;
      for (const method of ['PUT', 'GET', 'DELETE']) {
        const status = await raw(base + path, method);
        // A client or runtime may resolve `..` before we see it: then it is another address, and no success there either.
        expect([400, 404, 405], `${method} ${path}`).toContain(status);
      }
      expect(await list()).toEqual(before);
    });

    test('a worker writes only to the run whose lease it holds', async () => {
      const worker = new Caller(server, await server.token('worker'));
      const workerToken = await server.token('worker');
      await hello(worker, 'w1', { labels: ['artifacts=yes'] });
      const mine = await register(user, { requires: ['artifacts=yes'], priority: 100 });
      const lease = (await claim(worker, 'w1', ['artifacts=yes']))!;
      expect(lease.run).toBe(mine.id);
      const send = (id: string, held?: string) =>
        server.fetch(at('test/report.json', id), {
          method: 'PUT',
          body: text('{}'),
          headers: { authorization: `Bearer ${workerToken}`, ...(held ? { 'tidemark-lease': held } : {}) },
        });
      const holds = `${lease.attempt}.${lease.token}`;
      expect((await send(mine.id, holds)).status).toBe(201);
      expect((await send(mine.id)).status).toBe(403);
      for (const [id, held] of [
        [run.id, holds],
        [mine.id, `${lease.attempt + 1}.${lease.token}`],
        [mine.id, `${lease.attempt}.nonsense`],
      ] as const) {
        const refused = await send(id, held);
        expect(refused.status).toBe(409);
        expect(await refused.json()).toMatchObject({ error: { code: 'stale_attempt' } });
      }
      expect((await send(mine.id, 'nonsense')).status).toBe(400);
      const gone = await server.fetch(at('test/report.json', mine.id), {
        method: 'DELETE',
        headers: { authorization: `Bearer ${workerToken}` },
      });
      expect(gone.status).toBe(403);
    });

    test('a reader reads and does not write', async () => {
      const reader = await server.token('read');
      const headers = { authorization: `Bearer ${reader}` };
      await put('shared.txt', text('x'));
      expect((await server.fetch(at('shared.txt'), { headers })).status).toBe(200);
      expect((await server.fetch(at('other.txt'), { method: 'PUT', body: text('x'), headers })).status).toBe(403);
      expect((await server.fetch(at('shared.txt'))).status).toBe(401);
      expect((await server.fetch(at('other.txt'), { method: 'PUT', body: text('x') })).status).toBe(401);
    });

    test('blobs are kept under their digest only', async () => {
      const bytes = text('a blob');
      const blob = `/api/v1/blobs/${sha256(bytes)}`;
      const headers = { authorization: `Bearer ${token}` };
      expect((await server.fetch(blob, { headers })).status).toBe(404);
      expect((await server.fetch(blob, { method: 'PUT', body: text('another'), headers })).status).toBe(400);
      expect((await server.fetch(blob, { headers })).status).toBe(404);
      for (let i = 0; i < 2; i++) {
        const stored = await server.fetch(blob, { method: 'PUT', body: bytes, headers });
        expect([stored.status, await stored.json()]).toEqual([201, { digest: sha256(bytes), size: bytes.length }]);
      }
      const got = await server.fetch(blob, { headers: { ...headers, range: 'bytes=2-' } });
      expect([got.status, await got.text()]).toEqual([206, 'blob']);
      expect(got.headers.get('cache-control')).toContain('immutable');
      for (const wrong of ['abc', '../secret', `${'a'.repeat(63)}g`]) {
        expect([400, 404]).toContain(await raw(`/p/${server.slug}/api/v1/blobs/${wrong}`));
      }
    });

    test('the changes feed tells of artifacts that come and go', async () => {
      const cursor = async () => (await user.ok<{ cursor: string }>('GET', '/changes')).cursor;
      const changed = async (since: string) =>
        (await user.ok<{ runs: { id: string }[] }>('GET', `/changes?cursor=${since}`)).runs.map((found) => found.id);
      for (const change of [
        () => put('told.txt', text('x')),
        () => user.delete(`/runs/${run.id}/artifacts/told.txt`),
      ]) {
        const before = await cursor();
        expect(await changed(before)).not.toContain(run.id);
        await change();
        expect(await changed(before)).toContain(run.id);
      }
    });

    test('an artifact of no run is refused before its bytes are stored', async () => {
      const bytes = text('for nobody');
      const refused = await put('x', bytes, {}, 'f'.repeat(32));
      expect(refused.status).toBe(404);
      const blob = await server.fetch(`/api/v1/blobs/${sha256(bytes)}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(blob.status).toBe(404);
    });
  });
}
