import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { routes } from '@tidemark/api/contract/index';
import { ApiError, type CallInput, createClient, NetworkError } from '@tidemark/client';
import { afterEach, describe, expect, test } from 'vitest';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** A real HTTP server that answers one prepared reply and remembers what it was asked. */
async function serve(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: Seen[] = [];
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body: text });
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const id = '0190aaaabbbbccccddddeeeeffff0000';
const artifact = { path: 'a', digest: 'a'.repeat(64), size: 1, contentType: 'text/plain', createdAt: 1 };

describe('requests', () => {
  test('path, query and token go where the contract says', async () => {
    const { url, seen } = await serve(200, JSON.stringify({ axis: 'step', grid: null, series: [], unplaced: [] }));
    const client = createClient({ url: `${url}/`, token: 'secret', project: 'vision' });
    await client.call(routes.readMetrics, { query: { runs: [id, id], keys: ['loss', 'val/a b'], points: 20 } });
    expect(seen[0]?.url).toBe(`/p/vision/api/v1/metrics?runs=${id}%2C${id}&keys=loss%2Cval%2Fa%20b&points=20`);
    expect(seen[0]?.headers.authorization).toBe('Bearer secret');
  });

  test('a flag is sent as a word and what is undefined not at all', async () => {
    const { url, seen } = await serve(200, JSON.stringify({ experiments: [] }));
    await createClient({ url }).call(routes.listExperiments, { query: { archived: true, name: undefined } });
    expect(seen[0]?.url).toBe('/api/v1/experiments?archived=true');
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  test('the rest of a path keeps its slashes and nothing else', async () => {
    const { url, seen } = await serve(201, JSON.stringify(artifact));
    await createClient({ url }).call(routes.putArtifact, {
      params: { id, path: 'test/wrong ?#/00%.jpg' },
      body: new TextEncoder().encode('bytes'),
    });
    expect(seen[0]?.url).toBe(`/api/v1/runs/${id}/artifacts/test/wrong%20%3F%23/00%25.jpg`);
    expect(seen[0]?.method).toBe('PUT');
    expect(seen[0]?.headers['content-type']).toBe('application/octet-stream');
    expect(seen[0]?.body).toBe('bytes');
  });

  test('a stream is sent as it comes', async () => {
    const { url, seen } = await serve(201, JSON.stringify(artifact));
    const parts = ['one ', 'two ', 'three'];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
    await createClient({ url }).call(routes.putArtifact, { params: { id, path: 'a' }, body });
    expect(seen[0]?.body).toBe('one two three');
  });

  test('a JSON body and a bytes reply', async () => {
    const { url, seen } = await serve(200, 'raw');
    const client = createClient({ url });
    const response = await client.call(routes.getBlob, { params: { digest: 'a'.repeat(64) } });
    expect(await response.text()).toBe('raw');
    expect(seen[0]?.body).toBe('');
  });

  test('types follow from the route', () => {
    const valid: CallInput<typeof routes.listRuns>[] = [{}, { query: { limit: 5, count: true } }];
    // @ts-expect-error: a cancel needs the run's id
    const missing: CallInput<typeof routes.cancelRun> = {};
    // @ts-expect-error: not a metrics parameter
    const unknown: CallInput<typeof routes.readMetrics> = { query: { runs: 'a', keys: 'b', kind: 1 } };
    expect([valid.length, missing, unknown]).toHaveLength(3);
  });

  test('a missing path parameter is the caller’s mistake, told at once', async () => {
    const client = createClient({ url: 'http://127.0.0.1:1' });
    await expect(client.call(routes.getRun, { params: { id: '' } })).rejects.toThrow(/needs the parameter id/);
  });
});

describe('failures', () => {
  test('a refusal carries code, hint, details and request id', async () => {
    const details = [{ path: ['model', 'layers', 2], message: 'no pixels left', value: 0, allowed: '≥ 1' }];
    const error = {
      code: 'invalid_request',
      message: 'The config is wrong.',
      hint: 'See path.',
      details,
      requestId: 'r1',
    };
    const { url } = await serve(400, JSON.stringify({ error }));
    const refused = await createClient({ url })
      .call(routes.createRun, { body: {} })
      .catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ ...error, status: 400, retry: false, retryAfter: undefined });
  });

  test.each([
    [401, 'unauthorized', false],
    [404, 'not_found', false],
    [409, 'conflict', false],
    [413, 'too_large', false],
    [418, 'invalid_request', false],
    [429, 'rate_limited', true],
    [500, 'internal', true],
    [502, 'unavailable', true],
    [504, 'unavailable', true],
  ] as const)('a proxy’s own %i counts as %s', async (status, code, retry) => {
    const { url } = await serve(status, '<html>oops</html>', { 'retry-after': '7' });
    await expect(createClient({ url }).call(routes.whoami)).rejects.toMatchObject({
      name: 'ApiError',
      code,
      status,
      retry,
      retryAfter: 7,
    });
  });

  test('a reply of another shape names the place', async () => {
    const { url } = await serve(200, JSON.stringify({ name: 'x', scope: 'read', project: 3, version: '1' }));
    await expect(createClient({ url }).call(routes.whoami)).rejects.toMatchObject({
      name: 'ApiError',
      status: 0,
      retry: false,
      message: expect.stringContaining('`project`'),
    });
  });

  test('a reply that is no JSON counts as no answer', async () => {
    const { url } = await serve(200, '<html>');
    await expect(createClient({ url }).call(routes.whoami)).rejects.toBeInstanceOf(NetworkError);
  });

  test('a closed port is a NetworkError with the reason', async () => {
    const { url } = await serve(200, '{}');
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    const failed = await createClient({ url })
      .call(routes.whoami)
      .catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(NetworkError);
    expect((failed as Error).message).toContain('ECONNREFUSED');
  });

  test('no answer in time is a NetworkError; the caller’s own abort is not', async () => {
    server = createServer(() => {});
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createClient({ url });
    await expect(client.call(routes.whoami, {}, { timeoutSeconds: 0.05 })).rejects.toThrow(/none within 0.05 s/);
    const stop = new AbortController();
    const call = client.call(routes.whoami, {}, { signal: stop.signal });
    stop.abort(new Error('stopped by hand'));
    await expect(call).rejects.toThrow('stopped by hand');
    server.closeAllConnections();
  });
});
