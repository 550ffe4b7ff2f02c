import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import type { LogLine, RunDetail } from '@tidemark/api/contract/runs';
import { type Client, createClient } from '@tidemark/client';
import { syncSpool } from '@tidemark/client/node/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';

const sdk = fileURLToPath(new URL('../../client/run.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-recording-'));
let server: ServeProcess;
let client: Client;
beforeAll(async () => {
  server = await serveProcess();
  client = createClient(server);
});
afterAll(async () => {
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** A user's own script, in a folder of its own, in a process of its own. */
async function script(
  name: string,
  body: string,
  { folder = join(scratch, name), env = {} as Record<string, string>, args = [] as string[] } = {},
) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'train.mts');
  writeFileSync(path, `import * as tidemark from ${JSON.stringify(sdk)};\nconst { init } = tidemark;\n${body}\n`);
  const spool = join(scratch, `${name}-spool`);
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    cwd: root,
    env: { ...process.env, TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token, TIDEMARK_SPOOL_DIR: spool, ...env },
  });
  let out = '';
  child.stdout?.on('data', (data) => {
    out += data;
  });
  child.stderr?.on('data', (data) => {
    out += data;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, spool };
}
const runOf = async (experiment: string): Promise<RunDetail> => {
  const { experiments } = await client.call(routes.listExperiments);
  const { id } = experiments.find(({ name }) => name === experiment)!;
  const { runs } = await client.call(routes.listRuns, { query: { experiment: id } });
  return client.call(routes.getRun, { params: { id: runs[0]!.id } });
};
const console_ = async (run: RunDetail): Promise<LogLine[]> =>
  (await client.call(routes.readConsole, { params: { id: run.id } })).lines;
const environmentOf = async (run: RunDetail) =>
  (await client.call(routes.readEnvironments, { params: { id: run.id } })).environments[0]?.environment;

test('what a script prints is its console, once, as it was printed', async () => {
  const { code, out } = await script(
    'prints',
    `console.log('before the run');
     const run = await init({ experiment: 'prints' });
     console.log('\\u001b[32mgreen\\u001b[0m');
     process.stderr.write('half ');
     process.stderr.write(Buffer.from('a line ☃\\n'));
     for (let i = 0; i <= 100; i += 10) process.stdout.write(\`\\r\${i} %\`);
     process.stdout.write('\\n');
     process.stdout.write('no newline');
     await run.finish();
     console.log('after the run');`,
  );
  expect(code).toBe(0);
  expect(out).toContain('green');
  expect(out).toContain('after the run');
  const lines = await console_(await runOf('prints'));
  expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
    ['stdout', '\u001b[32mgreen\u001b[0m'],
    ['stderr', 'half a line ☃'],
    ['stdout', '100 %'],
    ['stdout', 'no newline'],
  ]);
});

test('a script that ends without a word has its last lines too; one that is told not to streams none', async () => {
  const died = await script(
    'dies',
    `await init({ experiment: 'dies' }); console.log('the last words'); process.exit(3);`,
  );
  expect(died.code).toBe(3);
  const results = await syncSpool({ folder: died.spool, client, rng: Math.random });
  expect(results.every(({ state }) => state === 'sent' || state === 'busy')).toBe(true);
  await expect
    .poll(async () => (await console_(await runOf('dies'))).map(({ text }) => text), { timeout: 10_000 })
    .toEqual(['the last words']);
  await script(
    'quiet',
    `const run = await init({ experiment: 'quiet', console: false }); console.log('x'); await run.finish();`,
  );
  expect(await console_(await runOf('quiet'))).toEqual([]);
});

test('command, machine, packages, commit and what differs from it are recorded; secrets are not', async () => {
  const folder = join(scratch, 'repository');
  mkdirSync(join(folder, 'node_modules', 'left-pad'), { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  git('init', '-q', '-b', 'trunk');
  git('remote', 'add', 'origin', 'https://somebody:hunter2@example.com/a/b.git');
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  writeFileSync(join(folder, 'model.txt'), 'old\n');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies: { 'left-pad': '^1' } }));
  writeFileSync(join(folder, 'node_modules', 'left-pad', 'package.json'), JSON.stringify({ version: '1.3.0' }));
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  writeFileSync(join(folder, 'model.txt'), 'new\n');
  const { code } = await script('captured', `const run = await init({ experiment: 'captured' }); await run.finish();`, {
    folder,
    args: ['--lr', '0.1', '--api-token', 'hunter2', '--password=hunter3', `tdm${'0'.repeat(37)}`],
  });
  expect(code).toBe(0);
  const run = await runOf('captured');
  const environment = (await environmentOf(run))!;
  expect(environment).toMatchObject({
    git: {
      commit: git('rev-parse', 'HEAD').trim(),
      branch: 'trunk',
      remote: 'https://example.com/a/b.git',
      changed: 1,
      untracked: 1,
      diff: 'code/changes.diff',
    },
    runtime: { name: 'node', version: process.version },
    packages: { 'left-pad': '1.3.0' },
    cpu: { cores: expect.any(Number) },
  });
  expect(environment.memory).toBeGreaterThan(2 ** 20);
  expect(environment.command.slice(-5)).toEqual(['0.1', '--api-token', '***', '--password=***', '***']);
  expect(JSON.stringify(environment)).not.toContain('hunter');
  const diff = await client.call(routes.getArtifact, { params: { id: run.id, path: 'code/changes.diff' } });
  const text = await diff.text();
  expect(text).toContain('-old\n+new\n');
  git('checkout', '-q', 'model.txt');
  execFileSync('git', ['apply', '--check', '-'], { cwd: folder, input: text });

  await script(
    'uncaptured',
    `const run = await init({ experiment: 'uncaptured', environment: false }); await run.finish();`,
  );
  expect(await environmentOf(await runOf('uncaptured'))).toBeUndefined();
});

test('images, tables and curves are logged beside numbers, and kept while the server is away', async () => {
  const body = `
    const { image, table, histogram, confusionMatrix, rocCurve, text } = tidemark;
    const run = await init({ experiment: 'media', waitSeconds: 1 });
    const pixels = { data: new Uint8Array(4 * 3 * 3).fill(200), width: 4, height: 3 };
    run.log({ loss: 0.5, examples: [image(pixels, { caption: 'one' }), image(pixels, { caption: 'two' })] }, { step: 3 });
    run.log({ val: { confusion: confusionMatrix(['a', 'b'], [[1, 2], [3, 4]]), roc: rocCurve([{ name: 'a', x: [0, 1], y: [0, 1] }]) } }, { step: 3 });
    run.log({ wrong: table(['file', 'p'], [['x', NaN]]), weights: histogram([0, 1, 1, 2]), note: text('*so*', 'markdown') }, { step: 4 });
    run.log({ bad: confusionMatrix(['a'], [[1, 2]]) });
    await run.finish({ waitSeconds: 2 });`;
  const away = await script('media', body, { env: { TIDEMARK_URL: 'http://127.0.0.1:9' } });
  expect(away.code).toBe(0);
  expect(away.out).toContain('bad was not logged: a row and a column for each class');
  // The journal is the other server's; it is read as its own helper would.
  const elsewhere = createClient({ url: server.url, token: server.token });
  const [kept] = await syncSpool({
    folder: away.spool,
    client: { ...elsewhere, url: 'http://127.0.0.1:9' },
    rng: Math.random,
  });
  expect(kept).toMatchObject({ state: 'sent' });
  const run = await runOf('media');
  expect(run).toMatchObject({ metrics: { loss: { last: 0.5, lastStep: 3 } } });
  const { media } = await client.call(routes.listMedia, { params: { id: run.id } });
  expect(media.map(({ key, step, value }) => [key, step, value.type])).toEqual([
    ['examples', 3, 'image'],
    ['note', 4, 'text'],
    ['val/confusion', 3, 'confusion_matrix'],
    ['val/roc', 3, 'roc_curve'],
    ['weights', 4, 'histogram'],
    ['wrong', 4, 'table'],
  ]);
  const shown = media[0]!.value;
  if (shown.type !== 'image') throw new Error('no image');
  expect(shown.images.map(({ caption, width, height }) => [caption, width, height])).toEqual([
    ['one', 4, 3],
    ['two', 4, 3],
  ]);
  const { digest } = shown.images[0]!;
  const served = await client.call(routes.getMediaBlob, { params: { id: run.id, digest } });
  expect(served.headers.get('content-type')).toBe('image/png');
});
