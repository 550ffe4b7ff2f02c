import { fileURLToPath } from 'node:url';
import { BlobDigestError, type BlobStore, BlobTooLargeError, type Body } from '@tidemark/api/blobs/store';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

/** The product's R2 driver in a real workerd: each call is a request to it. */
export async function openR2Worker(): Promise<{
  open(slug: string): { store: BlobStore; leftovers(): Promise<number> };
  close(): Promise<void>;
}> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('../edge/blobs.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
  });
  const miniflare = new Miniflare({
    modules: true,
    script: bundle.outputFiles[0]!.text,
    compatibilityDate: '2026-04-01',
    r2Buckets: ['BLOBS'],
  });
  const url = String(await miniflare.ready).replace(/\/$/, '');
  return { open: (slug) => remoteStore(`${url}/${slug}`), close: () => miniflare.dispose() };
}

function remoteStore(url: string): { store: BlobStore; leftovers(): Promise<number> } {
  const send = (name: string, args: readonly unknown[], body?: Body): Promise<Response> => {
    const init: RequestInit & { duplex?: 'half' } = {
      method: 'POST',
      headers: { 'x-arguments': JSON.stringify(args) },
    };
    if (body) Object.assign(init, { body, duplex: 'half' });
    return fetch(`${url}/${name}`, init);
  };
  async function failure(response: Response): Promise<Error> {
    const { type, message } = (await response.json()) as { type: string; message: string };
    if (type === 'BlobDigestError') return new BlobDigestError('…', null);
    if (type === 'BlobTooLargeError') return new BlobTooLargeError(0);
    return type === 'TypeError' ? new TypeError(message) : new Error(`${type}: ${message}`);
  }
  async function call<T>(name: string, args: readonly unknown[], body?: Body): Promise<T> {
    const response = await send(name, args, body);
    if (!response.ok) throw await failure(response);
    return ((await response.json()) as { value: T }).value;
  }
  const store: BlobStore = {
    put: (body, options) => call('put', [options], body),
    size: (digest) => call('size', [digest]),
    delete: (digests) => call('delete', [digests]),
    list: (after, most) => call('list', [after, most]),
    async get(digest, range) {
      const response = await send('get', [digest, range ?? null]);
      if (response.ok) return { size: Number(response.headers.get('x-size')), body: response.body! };
      if (response.status !== 404) throw await failure(response);
      await response.body?.cancel();
      return null;
    },
    parts: {
      begin: (blob) => call('begin', [blob]),
      put: (handle, place, body) => call('part', [handle, place], body),
      complete: (handle, blob, parts) => call('complete', [handle, blob, parts]),
      abort: (handle) => call('abort', [handle]),
    },
  };
  return { store, leftovers: () => call('leftovers', []) };
}
