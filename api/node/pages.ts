import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PAGE_HEADERS } from '../front/security.ts';
import { sha256Hex } from '../hash.ts';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const SQUEEZABLE = /^\.(css|html|js|json|map|svg|txt|wasm|webmanifest)$/;

interface Page {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly zipped: Uint8Array<ArrayBuffer> | null;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The dashboard's built files. An address is looked up in the list of files, never turned into a path; one that is no file's is
 * a page of the dashboard, so it gets index.html. Files are read once, and again when a new build replaced index.html.
 */
export function createPages(folder: string): (request: Request, known: boolean) => Promise<Response> {
  let files = new Set<string>();
  let built = Number.NaN;
  let pages = new Map<string, Promise<Page>>();

  async function look(): Promise<void> {
    const found = await stat(join(folder, 'index.html')).catch(() => null);
    const time = found?.mtimeMs ?? 0;
    if (time === built) return;
    const names = found ? await readdir(folder, { recursive: true, withFileTypes: true }) : [];
    files = new Set(
      names
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length).split(sep).join('/'))
        // `_headers` and the build's manifest are not for visitors.
        .filter((name) => !/^\/[._]/.test(name)),
    );
    pages = new Map();
    built = time;
  }

  return async (request, known) => {
    await look();
    if (!files.has('/index.html')) return notBuilt(request);
    const { pathname } = new URL(request.url);
    const isFile = files.has(pathname);
    if (!isFile && pathname.startsWith('/assets/')) {
      const headers = { ...PAGE_HEADERS, 'content-type': 'text/plain', 'cache-control': 'no-store' };
      return new Response('There is no such file; the dashboard was built anew. Reload the page.\n', {
        status: 404,
        headers,
      });
    }
    const name = isFile ? pathname : '/index.html';
    const page = pages.get(name) ?? load(folder, name);
    pages.set(name, page);
    return answer(request, await page, isFile || known ? 200 : 404);
  };
}

async function load(folder: string, name: string): Promise<Page> {
  const bytes = new Uint8Array(await readFile(join(folder, name)));
  const extension = extname(name);
  const squeeze = SQUEEZABLE.test(extension) && bytes.byteLength > 1024;
  return {
    bytes,
    zipped: squeeze ? new Uint8Array(await promisify(gzip)(bytes, { level: 9 })) : null,
    etag: (await sha256Hex(bytes)).slice(0, 32),
    headers: {
      ...PAGE_HEADERS,
      'content-type': TYPES[extension] ?? 'application/octet-stream',
      // The build puts a hash of its content into the name of each file there.
      'cache-control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ...(squeeze ? { vary: 'accept-encoding' } : {}),
    },
  };
}

function answer(request: Request, page: Page, status: number): Response {
  const zip = page.zipped !== null && /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
  const etag = `"${page.etag}${zip ? '-gzip' : ''}"`;
  const headers = { ...page.headers, etag, ...(zip ? { 'content-encoding': 'gzip' } : {}) };
  if (status === 200 && request.headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers });
  const body = zip ? page.zipped! : page.bytes;
  return new Response(request.method === 'HEAD' ? null : body, {
    status,
    headers: { ...headers, 'content-length': String(body.byteLength) },
  });
}

function notBuilt(request: Request): Response {
  const html = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tidemark</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem">
<h1 style="font-size: 1.25rem">The server runs; its dashboard was not built yet.</h1>
<p>In the project's folder, run <code>npm run build</code>, then reload this page.</p>
<p>The API works without it: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>, <a href="/healthz">/healthz</a>.</p>
</body></html>
`;
  const headers = { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
  return new Response(request.method === 'HEAD' ? null : html, { status: 503, headers });
}
