import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
let server: ServeProcess;
// Each command is a process of its own.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
beforeAll(async () => {
  server = await serveProcess();
  for (const [name, lr, seed, score] of [
    ['a', 0.1, 1, 1],
    ['b', 0.1, 2, 3],
    ['c', 0.2, 1, 5],
  ] as const) {
    const run = await api<{ id: string; session: object }>('POST', '/runs', {
      experiment: 'cats',
      name,
      params: { lr, seed },
    });
    const points = { key: 'score', steps: [1], times: [1], values: [score] };
    await api('POST', `/runs/${run.id}/log`, { series: [points] });
    const { attempt, token } = run.session as { attempt: number; token: string };
    await api('POST', `/runs/${run.id}/finish`, { attempt, token, finalSeq: 0, outcome: 'finished' });
  }
});
afterAll(() => server?.close());

async function tidemark(args: string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, NO_COLOR: '1', TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token },
  });
  child.stdin.end(input);
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
async function api<T>(method: string, path: string, body: unknown): Promise<T> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const lines = (out: string) => out.trimEnd().split('\n');

test('a note is written, appended to, read, and read as it was', async () => {
  expect((await tidemark(['run', 'note', '1', 'first *try*'])).out).toBe('cats#1 is noted.\n');
  await tidemark(['run', 'note', '1', '-', '--append'], 'and more\n');
  expect((await tidemark(['run', 'note', '1'])).out).toBe('first *try*\n\nand more\n');
  const history = lines((await tidemark(['run', 'note', '1', '--history', '--json'])).out);
  expect(history.map((line) => JSON.parse(line).note)).toEqual(['first *try*\n\nand more\n', 'first *try*']);
  expect((await tidemark(['run', 'note', '1', ''])).out).toBe('cats#1 has no note now.\n');
  const wrong = [['1', 'x', '--history'], ['1', '--append'], ['77']];
  const refused = await Promise.all(wrong.map((args) => tidemark(['run', 'note', ...args])));
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 3]);
});

test('tags are set and removed', async () => {
  expect((await tidemark(['run', 'tag', 'cats#2', 'team=vision', 'formula=a=b', 'empty='])).out).toBe(
    'cats#2  empty=  formula=a=b  team=vision\n',
  );
  const removed = await tidemark(['run', 'untag', 'cats#2', 'empty', 'formula', 'never']);
  expect(removed).toMatchObject({ code: 0, out: 'cats#2  team=vision\n', err: 'It had no never.\n' });
  const refused = await Promise.all([['=x'], ['team'], []].map((pairs) => tidemark(['run', 'tag', '2', ...pairs])));
  expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
});

test('a view is saved, listed, shown, listed by, and removed', async () => {
  const saved = await tidemark([
    ...['view', 'save', 'slow runs', '-e', 'cats', '--filter', 'params.lr < 0.15', '--sort', 'name'],
    ...['--columns', 'params.lr,tags."a, b"', '--json'],
  ]);
  const { id, state } = JSON.parse(saved.out);
  expect(state).toMatchObject({ filter: 'params.lr < 0.15', columns: ['params.lr', 'tags."a, b"'] });
  await tidemark(['view', 'save', 'by rate', '--by', 'params.lr', '--values', 'metrics.score', '--sort', '-params.lr']);
  expect(lines((await tidemark(['view', 'list', '--json'])).out).map((line) => JSON.parse(line).name)).toEqual([
    'by rate',
    'slow runs',
  ]);
  expect((await tidemark(['view', 'show', 'slow runs'])).out).toContain('params.lr < 0.15');
  const names = async (...more: string[]) =>
    lines((await tidemark(['run', 'list', '--json', ...more])).out).map((line) => JSON.parse(line || '{}').name);
  expect(await names('--view', 'slow runs')).toEqual(['a', 'b']);
  expect(await names('--view', String(id), '--filter', 'name = b or name = c', '--sort', '-name')).toEqual(['b']);
  const groups = lines((await tidemark(['run', 'list', '--view', 'by rate', '--json'])).out).map((line) =>
    JSON.parse(line),
  );
  expect(groups.map(({ by, values }) => [...by, values['metrics.score'].mean])).toEqual([
    [0.2, 5],
    [0.1, 2],
  ]);
  expect(await tidemark(['view', 'show', 'slow run'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('slow runs'),
  });
  expect(await tidemark(['view', 'save', 'bad', '--filter', 'nme = 3'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('name'),
  });
  expect(await tidemark(['view', 'save', 'slow runs', '-e', 'cats'])).toMatchObject({ code: 1 });
  expect((await tidemark(['view', 'delete', String(id), 'by rate'])).code).toBe(0);
  expect((await tidemark(['view', 'list'])).out).toContain('No views');
});

test('runs that are equal but for their seeds are one line', async () => {
  const out = lines((await tidemark(['run', 'list', '--group', 'seeds', '--values', 'metrics.score'])).out);
  expect(out[0]).toMatch(/^FIRST RUN +RUNS +STATUS +metrics\.score/);
  expect(out.slice(1).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
    ['cats#1', '2'],
    ['cats#3', '1'],
  ]);
  expect(await tidemark(['run', 'list', '--group', 'seeds', '--by', 'name'])).toMatchObject({ code: 2 });
});

test('the trash is listed, and emptied only when somebody says so', async () => {
  expect((await tidemark(['trash', 'list'])).out).toBe('The trash is empty.\n');
  expect((await tidemark(['trash', 'empty'])).out).toBe('The trash is empty.\n');
  expect((await tidemark(['run', 'rm', '1', '3'])).code).toBe(0);
  expect(lines((await tidemark(['trash', 'list', '--json'])).out)).toHaveLength(2);
  expect(await tidemark(['trash', 'empty'])).toMatchObject({ code: 2, err: expect.stringContaining('2 runs go') });
  expect(await tidemark(['trash', 'empty', '2', '--yes'])).toMatchObject({ code: 3 });
  expect((await tidemark(['trash', 'empty', '1', '--yes'])).out).toBe('1 run is being removed.\n');
  expect((await tidemark(['trash', 'empty', '--yes', '--json'])).code).toBe(0);
  expect((await tidemark(['run', 'list', '--json'])).out.trim().split('\n')).toHaveLength(1);
});
