import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-registry-'));
let server: ServeProcess;
let receiver: Server;
let hook = '';
const received: string[] = [];

beforeAll(async () => {
  process.env.TIDEMARK_PRIVATE_WEBHOOKS = 'true';
  server = await serveProcess();
  receiver = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']));
    request.resume();
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
});
afterAll(async () => {
  delete process.env.TIDEMARK_PRIVATE_WEBHOOKS;
  receiver?.close();
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function tidemark(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: scratch,
    env: { ...process.env, NO_COLOR: '1', TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}
const api = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
};
const run = (experiment: string): Promise<{ id: string; session: { attempt: number; token: string } }> =>
  api('POST', '/runs', { experiment });

describe('tidemark model', () => {
  // A process a command: on a busy machine some seconds each.
  test('register, alias, list, show, download, delete', { timeout: 180_000 }, async () => {
    const { id } = await run('registry');
    await api('PUT', `/runs/${id}/artifacts/model/MLmodel`, 'flavors');
    await api('PUT', `/runs/${id}/artifacts/model/data/w.bin`, 'weights');
    const made = await tidemark(
      'model',
      'register',
      'cats',
      '--run',
      'registry#1',
      '--artifact',
      'model',
      '--alias',
      'champion',
    );
    expect(made.err).toBe('');
    expect(made.out).toContain(`cats has version 1 @champion now, from runs:/${id}/model`);
    const second = await tidemark('model', 'register', 'cats', '--uri', 's3://far', '--json');
    expect(JSON.parse(second.out)).toMatchObject({ version: 2, kind: 'external' });
    expect((await tidemark('model', 'alias', 'cats', 'shadow', '2')).out).toContain('cats@shadow is version 2 now');
    const moved = await tidemark('model', 'alias', 'cats', '@champion', '2', '--expected', '7');
    expect([moved.code, moved.err]).toEqual([1, expect.stringContaining('@champion of cats names version 1')]);
    expect((await tidemark('model', 'list')).out).toMatch(/cats +2 +2 +@champion → 1, @shadow → 2/);
    const show = await tidemark('model', 'show', 'cats');
    expect(show.out).toMatch(/1 +@champion +registry#1/);
    expect((await tidemark('model', 'show', 'cats@champion')).out).toContain('cats, version 1');

    const down = await tidemark('model', 'download', 'cats@champion');
    expect(down.out).toContain('cats, version 1: 2 files');
    expect(readFileSync(join(scratch, 'cats-1', 'data', 'w.bin'), 'utf8')).toBe('weights');
    expect(readFileSync(join(scratch, 'cats-1', 'MLmodel'), 'utf8')).toBe('flavors');
    const far = await tidemark('model', 'download', 'cats@2');
    expect([far.code, far.err]).toEqual([1, expect.stringContaining('They are at s3://far')]);

    const kept = await tidemark('model', 'delete', 'cats@1');
    expect([kept.code, kept.err]).toEqual([1, expect.stringContaining('is named by @champion')]);
    expect((await tidemark('model', 'alias', 'cats', 'champion', '--remove')).out).toContain(
      '@champion of cats is removed',
    );
    expect((await tidemark('model', 'delete', 'cats@1')).code).toBe(0);
    expect((await tidemark('model', 'rm', 'cats', '--aliases')).code).toBe(0);
    expect((await tidemark('model', 'show', 'cats')).code).toBe(3);
  });

  const REFUSED: [what: string, args: string[], code: number, message: string][] = [
    ['nothing to register', ['register', 'x'], 2, '--run RUN'],
    [
      'a checkpoint that is none',
      ['register', 'x', '--run', '1', '--checkpoint', 'first'],
      2,
      'best, latest or a step',
    ],
    ['a reference that is none', ['show', 'a:b'], 2, 'names no version'],
    ['an alias without a version', ['alias', 'x', 'y'], 2, '--remove'],
    ['a model that is not there', ['download', 'none@champion'], 3, 'no model none'],
  ];
  test('what is wrong is refused with the reason', { timeout: 60_000 }, async () => {
    const results = await Promise.all(REFUSED.map(([, args]) => tidemark('model', ...args)));
    for (const [i, [what, , code, message]] of REFUSED.entries()) {
      expect([results[i]!.code, results[i]!.err], what).toEqual([code, expect.stringContaining(message)]);
    }
  });
});

describe('tidemark alert', () => {
  test('create, test, fire, deliveries, replay, delete', { timeout: 180_000 }, async () => {
    const { id } = await run('alerted');
    const made = await tidemark(
      'alert',
      'create',
      'too high',
      '--when',
      'val loss >= 5',
      '-e',
      'alerted',
      '--url',
      hook,
    );
    expect(made.err).toBe('');
    expect(made.out).toMatch(/too high: when val loss >= 5, of alerted, to 127\.0\.0\.1:\d+/);
    expect(made.out).toMatch(/whsec_\S{40,}/);
    const again = await tidemark('alert', 'create', 'diverged', '--when', 'nan', '--url', hook);
    expect(again.out).not.toContain('whsec_');
    expect((await tidemark('alert', 'test', 'too high')).out).toMatch(/delivered, 204 in \d+ ms/);
    const point = { key: 'val loss', steps: [1], times: [1], values: [6] };
    await api('POST', `/runs/${id}/log`, { series: [point] });
    await expect.poll(() => received.length, { timeout: 10_000 }).toBe(2);
    const list = await tidemark('alert', 'deliveries', 'too high', '--json');
    const types = list.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['alert.metric', 'alert.test']);
    const sent = await tidemark('alert', 'deliveries', '--again', received[1]!);
    expect(sent.out).toContain('delivered, 204');
    expect(received.at(-1)).toBe(received[1]);
    const replay = await tidemark('alert', 'replay', 'too high');
    expect(replay.out).toMatch(/alerted#1 {2}\S+ {2}val loss = 6 at step 1\nIt would have fired in 1 of 1 runs\./);
    expect((await tidemark('alert', 'replay', 'too high', '--when', 'val loss < 0')).out).toContain('in 0 of 1 runs');
    expect((await tidemark('alert', 'list')).out).toMatch(/too high +val loss >= 5 +alerted +127/);
    expect((await tidemark('alert', 'delete', 'too high', 'diverged')).out).toContain('diverged is deleted');
    expect((await tidemark('alert', 'test', 'too high')).code).toBe(3);
  });

  const REFUSED: [what: string, args: string[], code: number, message: string][] = [
    ['no rule', ['create', 'x', '--when', 'whenever', '--url', 'https://example.org'], 2, 'is no rule'],
    ['no address', ['create', 'x', '--when', 'nan'], 2, '--url ADDRESS'],
    ['an address that is none', ['create', 'x', '--when', 'nan', '--url', 'ftp://x'], 1, 'https://'],
    ['a webhook that is not there', ['create', 'x', '--when', 'nan', '--webhook', 'nobody'], 3, 'no webhook nobody'],
  ];
  test('what is wrong is refused with the reason', { timeout: 60_000 }, async () => {
    const results = await Promise.all(REFUSED.map(([, args]) => tidemark('alert', ...args)));
    for (const [i, [what, , code, message]] of REFUSED.entries()) {
      expect([results[i]!.code, results[i]!.err], what).toEqual([code, expect.stringContaining(message)]);
    }
  });
});

test('tidemark dataset diff says what changed', async () => {
  const files = (names: string[]): { path: string; digest: string; size: number }[] =>
    names.map((name) => ({ path: name, digest: name.charCodeAt(0).toString(16).padStart(64, '0'), size: 10 }));
  await api('POST', '/datasets', { name: 'pets', files: files(['a/1', 'b/1']) });
  await api('POST', '/datasets', { name: 'pets', files: files(['a/1', 'c/1']) });
  const { out } = await tidemark('dataset', 'diff', 'pets@1', 'pets@2');
  expect(out).toBe('1 added, 1 removed, 0 changed, 1 as before; 20 B → 20 B\n  b: 1 → 0\n  c: 0 → 1\n- b/1\n+ c/1\n');
  expect((await tidemark('dataset', 'diff', 'pets@1', 'pets@9')).code).toBe(3);
});
