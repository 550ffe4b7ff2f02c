import { cp, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createPages } from '@tidemark/api/node/pages';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PAGES } from '../../support/open-node.ts';

describe('the dashboard’s files', () => {
  let folder: string;
  let pages: ReturnType<typeof createPages>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tidemark-pages-'));
    await cp(PAGES, folder, { recursive: true });
    await writeFile(join(folder, '_headers'), 'secret');
    pages = createPages(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const get = (path: string, headers: Record<string, string> = {}, known = true) =>
    pages(new Request(`http://localhost${path}`, { headers }), known);

  test('every address that is no file is a page, checked each time, that may not be framed or run foreign scripts', async () => {
    for (const path of [
      '/',
      '/index.html',
      '/runs/abc',
      '/p/vision/experiments/3?x=1',
      '/_headers',
      '/.vite/manifest.json',
    ]) {
      const response = await get(path);
      expect(response.status, path).toBe(200);
      expect(await response.text()).toContain('<title>the dashboard</title>');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self'.*frame-ancestors 'none'/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('a file with a hash in its name is kept for good, and travels packed', async () => {
    const plain = await get('/assets/main-1a2b3c4d.js');
    expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const packed = await get('/assets/main-1a2b3c4d.js', { 'accept-encoding': 'br, gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    const bytes = new Uint8Array(await packed.arrayBuffer());
    expect(packed.headers.get('content-length')).toBe(String(bytes.length));
    expect(gunzipSync(bytes).toString()).toBe(await plain.text());
    expect(packed.headers.get('etag')).not.toBe(plain.headers.get('etag'));
  });

  test('what the browser has is not sent again', async () => {
    const etag = (await get('/')).headers.get('etag')!;
    expect((await get('/', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/', { 'if-none-match': '"old"' })).status).toBe(200);
  });

  test.each(['/assets/missing.js', '/assets/..%2findex.html', '/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd'])(
    '%s is nothing',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('root:');
    },
  );

  test('an unknown project’s page says 404 and is still the dashboard', async () => {
    const response = await get('/p/unknown/', {}, false);
    expect([response.status, (await response.text()).includes('the dashboard')]).toEqual([404, true]);
  });

  test('a new build is served without a restart', async () => {
    await get('/');
    await writeFile(join(folder, 'index.html'), '<title>newer</title>');
    await utimes(join(folder, 'index.html'), new Date(), new Date(Date.now() + 5000));
    expect(await (await get('/')).text()).toContain('newer');
  });

  test('where nothing was built the page says what to do', async () => {
    const response = await createPages(join(folder, 'nowhere'))(new Request('http://localhost/'), true);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('npm run build');
  });
});
