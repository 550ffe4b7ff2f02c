import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import { createClient } from '@tidemark/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';
import { writePng } from '../worker/images.ts';
import { here } from './here.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-local-'));
const spool = join(scratch, 'spool');
let server: ServeProcess;
const children: ChildProcess[] = [];
beforeAll(async () => {
  for (const [label, name] of ['a', 'b'].entries())
    for (let i = 0; i < 12; i++)
      await writePng(join(scratch, 'images', 'train', name, `${i}.png`), 12, 12, i * 2 + label);
  server = await serveProcess();
});
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

function config(epochs: number): string {
  const file = join(scratch, `${epochs}.yaml`);
  writeFileSync(
    file,
    `experiment: without a server
data: { path: images, image_size: [12, 12], color_mode: grayscale, batch_size: 4, validation_split: 0.25 }
model:
  layers:
    - { type: Flatten }
    - { type: Dense, units: 1, activation: sigmoid }
optimizer: { name: SGD, learning_rate: 0.01 }
epochs: ${epochs}
device: cpu
`,
  );
  return file;
}

function launch(args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../cli/bin.js', import.meta.url)), ...args], {
    // No server is named, and there is none in this folder.
    cwd: scratch,
    env: { ...process.env, TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_SPOOL_DIR: spool },
  });
  children.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    said.out += data;
  });
  child.stderr.on('data', (data) => {
    said.err += data;
  });
  const done = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
  return { child, said, done };
}
const tidemark = (args: string[], env: Record<string, string> = {}) =>
  here(args, { TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_SPOOL_DIR: spool, ...env });
const lines = (out: string) =>
  out
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
const sync = async () => {
  const { code, out, err } = await tidemark(['sync', '--json'], {
    TIDEMARK_URL: server.url,
    TIDEMARK_TOKEN: server.token,
  });
  return { code, err, results: lines(out) };
};
const local = () => (existsSync(join(spool, 'local')) ? readdirSync(join(spool, 'local')) : []);

describe('a run that is trained without a server', () => {
  test('is kept on the disk and sent once, with its curves, console and files', async () => {
    const trained = await launch([
      'run',
      'local',
      config(3),
      '--device',
      'cpu',
      '--threads',
      '1',
      '--name',
      'alone',
      '--json',
    ]).done;
    expect([trained.code, trained.err]).toEqual([0, '']);
    const told = lines(trained.out).at(-1);
    expect(told).toMatchObject({ type: 'local', status: 'finished', name: 'alone' });
    const id = told.run as string;
    expect(local()).toEqual([id]);

    // Nobody is there yet: it stays.
    const away = await tidemark(['sync', '--json'], { TIDEMARK_URL: 'http://127.0.0.1:1', TIDEMARK_TOKEN: 'x' });
    expect([away.code, lines(away.out)]).toEqual([4, [expect.objectContaining({ run: id, state: 'away' })]]);
    // One that may not take archives in says so, and it stays.
    const client = createClient(server);
    const { secret } = await client.call(routes.createToken, { body: { name: 'writes', scope: 'write' } });
    const refused = await tidemark(['sync', '--json'], { TIDEMARK_URL: server.url, TIDEMARK_TOKEN: secret });
    expect([refused.code, lines(refused.out)]).toEqual([1, [expect.objectContaining({ run: id, state: 'refused' })]]);

    expect(await sync()).toMatchObject({ code: 0, err: '', results: [{ run: id, state: 'sent' }] });
    expect(local()).toEqual([]);
    expect(await sync()).toMatchObject({ code: 0, results: [] });
    const run = await client.call(routes.getRun, { params: { id } });
    expect(run).toMatchObject({ name: 'alone', status: 'finished', experiment: 'without a server', deletedAt: null });
    expect(run.metrics.val_loss).toMatchObject({ count: 3 });
    const { checkpoints } = run;
    expect(checkpoints.length).toBeGreaterThan(0);
    const bytes = await client.call(routes.getBlob, { params: { digest: checkpoints[0]!.digest } });
    expect((await bytes.arrayBuffer()).byteLength).toBe(checkpoints[0]!.size);
    const { environments } = await client.call(routes.readEnvironments, { params: { id } });
    expect(environments).toHaveLength(1);
  }, 90_000);

  test('goes on after a kill from its checkpoint, and is not sent before it has ended', async () => {
    const first = launch(['run', 'local', config(60), '--device', 'cpu', '--threads', '1', '--json']);
    await until('some epochs', () => (first.said.out.match(/"type":"epoch"/g) ?? []).length >= 5, 60);
    first.child.kill('SIGKILL');
    await first.done;
    const [id] = local() as [string];
    expect((await sync()).results).toMatchObject([{ run: id, state: 'unfinished' }]);
    const going = launch(['run', 'local', '--resume', id.slice(-8), '--device', 'cpu', '--threads', '1', '--json']);
    await until('a second process', () => going.said.out.includes('"started"'), 60);
    // Two at once: one trains, the others say so.
    expect((await sync()).results).toMatchObject([{ run: id, state: 'running' }]);
    expect((await tidemark(['run', 'local', '--resume', id.slice(-8)])).err).toContain('Another process');
    // Ctrl-C makes a checkpoint; then it goes on once more.
    going.child.kill('SIGINT');
    const { code } = await going.done;
    if (code === 130)
      expect((await launch(['run', 'local', '--resume', id.slice(-8), '--device', 'cpu', '--json']).done).code).toBe(0);
    expect((await sync()).results).toMatchObject([{ run: id, state: 'sent' }]);
    const client = createClient(server);
    const run = await client.call(routes.getRun, { params: { id } });
    expect(run).toMatchObject({ status: 'finished' });
    expect(run.attempt).toBeGreaterThan(1);
    expect(run.metrics.loss).toMatchObject({ count: 60 });
  }, 120_000);

  test('leaves nothing when it cannot begin', async () => {
    const wrong = join(scratch, 'wrong.yaml');
    writeFileSync(wrong, 'data: { dataset: not-there@1 }\nmodel: { preset: tiny }\nepochs: 0\n');
    expect((await tidemark(['run', 'local', wrong])).code).toBe(1);
    const cuda = await tidemark(['run', 'local', config(1), '--engine', 'onnx', '--device', 'cuda']);
    // Where there is such a device the run is trained.
    if (cuda.code === 1) expect([local(), cuda.err]).toEqual([[], expect.stringContaining('cuda')]);
    expect((await tidemark(['run', 'local'])).code).toBe(2);
    expect((await tidemark(['run', 'local', '--resume', 'abcd1234'])).code).toBe(3);
    mkdirSync(join(spool, 'local', '0'.repeat(32)), { recursive: true });
    expect((await sync()).results).toEqual([]);
    expect(local()).toEqual([]);
  }, 60_000);
});
