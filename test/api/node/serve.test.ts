import { gunzipSync } from 'node:zlib';
import { createLog, type LogFormat, type LogLevel } from '@tidemark/api/node/log';
import { served } from '@tidemark/api/node/serve';
import { createProject } from '@tidemark/api/project';
import { createToken } from '@tidemark/api/tokens/create';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDeps, openDeps } from '../../support/open-libsql.ts';

const secret = `tdm${'7'.repeat(37)}`;
let opened: OpenDeps;
let failures: unknown[];

beforeAll(async () => {
  opened = await openDeps({ report: (error) => void failures.push(error) });
  await createToken(opened.deps, { name: 'reader', scope: 'admin', secret });
});
afterAll(() => opened.close());

/** A project behind what stands around it on Node, and the lines that it logs. */
function server(format: LogFormat = 'json', level: LogLevel = 'debug') {
  const lines: string[] = [];
  failures = [];
  const log = createLog(
    { format, level },
    () => opened.clock.now,
    (line) => void lines.push(line),
  );
  const project = createProject(opened.deps);
  const answer = served((request, context) => project.fetch(request, context), log);
  const ask = (path: string, { headers = {}, address = '203.0.113.9', ...init }: Asked = {}) =>
    answer(
      new Request(`http://tidemark${path}`, { ...init, headers: { authorization: `Bearer ${secret}`, ...headers } }),
      { address },
    );
  return { lines, log, ask };
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly address?: string;
}

describe('compression', () => {
  const gzip = { 'accept-encoding': 'br, gzip' };
  const LONG = '/api/v1/openapi.json';

  test('a long read is gzip for who asks for it, and the same text', async () => {
    const { ask } = server();
    const plain = await (await ask(LONG)).text();
    const zipped = await ask(LONG, { headers: gzip });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('vary')).toContain('accept-encoding');
    const bytes = Buffer.from(await zipped.arrayBuffer());
    expect(bytes.length).toBeLessThan(plain.length / 4);
    expect(gunzipSync(bytes).toString()).toBe(plain);
  });

  test('a page that is made while it is sent is gzip too', async () => {
    const { ask } = server();
    const plain = await (await ask('/docs')).text();
    const zipped = await ask('/docs', { headers: gzip });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(plain);
  });

  test('what is short, for this machine, or not asked for stays; a proxy on this machine speaks for others', async () => {
    const { ask } = server();
    const encoding = async (path: string, asked: Asked) => (await ask(path, asked)).headers.get('content-encoding');
    expect(await encoding('/api/v1/experiments', { headers: gzip })).toBeNull();
    expect(await encoding(LONG, {})).toBeNull();
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
      expect(await encoding(LONG, { headers: gzip, address })).toBeNull();
    const proxied = { headers: { ...gzip, 'x-forwarded-for': '203.0.113.9' }, address: '127.0.0.1' };
    expect(await encoding(LONG, proxied)).toBe('gzip');
  });

  test('a tag holds for both forms', async () => {
    const { ask } = server();
    const tag = (await ask('/api/v1/status', { headers: gzip })).headers.get('etag');
    expect(tag).toMatch(/^W\//);
  });
});

describe('the log', () => {
  test('is one JSON object a line, with the request id, and neither a query nor a credential', async () => {
    const { lines, ask } = server();
    await ask('/api/v1/runs?filter=name%3D%22secretive%22', {
      headers: { 'x-request-id': 'mine-1', cookie: 'tidemark-default=cookie-secret' },
    });
    await ask(`/api/v1/${secret}`);
    await ask('/healthz');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(entries[0]).toMatchObject({
      level: 'info',
      message: 'request',
      requestId: 'mine-1',
      method: 'GET',
      path: '/api/v1/runs',
      status: 200,
      address: '203.0.113.9',
    });
    expect(entries.map(({ level }) => level)).toEqual(['info', 'info', 'debug']);
    for (const word of [secret, 'secretive', 'cookie-secret', 'Bearer']) expect(lines.join('')).not.toContain(word);
  });

  test('a failure is an error, with its stack and no credential; the level says what is written', () => {
    const { lines, log } = server('text', 'warn');
    log.error(new Error(`with ${secret}`, { cause: new Error('below') }), 'id-1');
    const asked = { method: 'GET', path: '/', requestId: 'id-2', address: '' };
    log.request({ ...asked, status: 200, ms: 5 });
    log.request({ ...asked, status: 200, ms: 5000 });
    log.request({ ...asked, status: 503, ms: 5 });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^\S+Z ERROR failed requestId=id-1 error=Error: with tdm…[\s\S]*cause=below\n$/);
    expect(lines[1]).toMatch(/ WARN {2}request .*ms=5000 /);
    expect(lines[2]).toMatch(/ ERROR request .*status=503 /);
  });
});
