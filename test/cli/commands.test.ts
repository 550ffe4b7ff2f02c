import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import type { Run } from '@tidemark/api/contract/runs';
import { createClient } from '@tidemark/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
let server: ServeProcess;
beforeAll(async () => {
  server = await serveProcess();
});
afterAll(async () => {
  await server?.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Result {
  code: number | null;
  out: string;
  err: string;
}
function start(args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: scratch,
    env: { ...process.env, NO_COLOR: '1', TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token, ...env },
  });
  const result: Result = { code: null, out: '', err: '' };
  child.stdout.on('data', (data) => {
    result.out += data;
  });
  child.stderr.on('data', (data) => {
    result.err += data;
  });
  const done = new Promise<Result>((resolve) => child.on('close', (code) => resolve({ ...result, code })));
  return { child, result, done };
}
const tidemark = (...args: string[]): Promise<Result> => start(args).done;
const lines = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
const config = (text: string) => {
  const path = join(scratch, `${Math.floor(performance.now() * 1000)}.yaml`);
  writeFileSync(path, text);
  return path;
};
const small = `experiment: EXP
data: { path: nowhere, image_size: [8, 8], validation_split: 0.3 }
model: { layers: [{ type: Flatten }, { type: Dense, units: 1, activation: sigmoid }] }
optimizer: { name: RMSprop }
epochs: 2
`;
const submit = async (experiment: string, ...args: string[]): Promise<Run> => {
  const { out, err } = await tidemark('run', 'submit', config(small.replace('EXP', experiment)), '--json', ...args);
  expect(err).toBe('');
  return JSON.parse(out) as Run;
};

describe('run', () => {
  test('submit prints the ordinal and the link; list and show find it', async () => {
    const { code, out } = await tidemark('run', 'submit', config(small.replace('EXP', 'first')), '--name', 'a name');
    expect(code).toBe(0);
    expect(out).toContain('first#1 a name is queued');
    expect(out).toContain(`${server.url}/r/`);
    const listed = await tidemark('run', 'list', '-e', 'first', '--json');
    expect(lines<Run>(listed.out)).toMatchObject([{ experiment: 'first', ordinal: 1, name: 'a name' }]);
    const shown = await tidemark('run', 'show', 'first#1');
    expect(shown.out).toContain('epochs: 2');
    expect(shown.out).toMatch(/dense \(Dense\)\s+\(1\)\s+193/);
    expect((await tidemark('run', 'list', '-e', 'first')).out).toContain('first#1');
    const groups = (await tidemark('run', 'list', '-e', 'first', '--by', 'params.epochs', '--values', 'priority')).out;
    expect(groups).toMatch(/params\.epochs +RUNS +STATUS +priority\n\d+ +1 +. queued 1 +0 n=1/);
    const [group] = lines<{ members: string }>((await tidemark('run', 'list', '--by', 'params.epochs', '--json')).out);
    expect(group).toMatchObject({ runs: expect.any(Number), members: expect.any(String) });
  });

  test('a run is found by number, tail, experiment and latest; what is ambiguous or absent is said', async () => {
    const [a, b] = [await submit('refs-a'), await submit('refs-b')];
    const shown = async (...args: string[]) =>
      (JSON.parse((await tidemark('run', 'show', ...args, '--json')).out) as Run).id;
    const refs = [['refs-a#1'], ['#1', '-e', 'refs-b'], [b.id.slice(-10)], [a.id], ['latest'], ['refs-a#latest']];
    expect(await Promise.all(refs.map((args) => shown(...args)))).toEqual([a.id, b.id, b.id, a.id, b.id, a.id]);
    const ambiguous = await tidemark('run', 'show', '1');
    expect(ambiguous.code).toBe(2);
    expect(ambiguous.err).toContain('refs-a#1');
    expect(await tidemark('run', 'show', 'refs-a#7')).toMatchObject({ code: 3, out: '' });
    expect((await tidemark('run', 'show', 'refs-aa#1')).err).toContain('Did you mean refs-a?');
    expect(await tidemark('run', 'show', 'what?')).toMatchObject({ code: 2 });
  });

  test('cancel, clone, rm and restore', async () => {
    const run = await submit('life');
    expect(await tidemark('run', 'cancel', 'life#1')).toMatchObject({
      code: 0,
      out: expect.stringContaining('is cancelled'),
    });
    expect((await tidemark('run', 'clone', 'life#1', '--name', 'again')).out).toContain('life#2 again is queued');
    expect((await tidemark('run', 'rm', 'life#1')).out).toContain('restore');
    expect(await tidemark('run', 'show', 'life#1')).toMatchObject({ code: 3 });
    const trash = await tidemark('run', 'list', '-e', 'life', '--deleted', '--json');
    expect(lines<Run>(trash.out).map(({ id }) => id)).toEqual([run.id]);
    expect((await tidemark('run', 'restore', run.id.slice(-8))).code).toBe(0);
    expect((await tidemark('run', 'show', 'life#1')).code).toBe(0);
    const live = await createClient(server).call(routes.createRun, { body: { experiment: 'life' } });
    expect(await tidemark('run', 'rm', live.id)).toMatchObject({ code: 1 });
  });

  test('--set, --experiment and a refused value, with its line', async () => {
    const run = await submit('sets', '--set', 'optimizer.learning_rate=1e-4', '--experiment', 'other');
    expect(run).toMatchObject({ experiment: 'other', params: { 'optimizer.learning_rate': 1e-4 } });
    const bad = config('data: { path: x }\nmodel: convnet\nepochs: 3\noptimizer:\n  name: Adam\n  beta_1: 1.5\n');
    const refused = await tidemark('run', 'submit', bad);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/\.yaml:6 +optimizer\.beta_1 = 1\.5/);
    const typo = config('data: { path: x }\nmodel: convnet\nepoch: 3\n');
    expect((await tidemark('run', 'submit', typo)).err).toContain('Did you mean `epochs`?');
    const json = JSON.parse((await tidemark('run', 'submit', typo, '--json')).err) as {
      error: { details: { line?: number }[] };
    };
    expect(json.error.details.map(({ line }) => line)).toContain(3);
    expect((await tidemark('run', 'submit', config('a: [1\n'))).err).toMatch(/\.yaml:\d+:\d+/);
    expect(await tidemark('run', 'submit', 'missing.yaml')).toMatchObject({ code: 3 });
  });

  test('--dry-run prints the published network and registers nothing', async () => {
    const before = (await tidemark('run', 'list', '--json')).out;
    const { code, out } = await tidemark('run', 'submit', `${examples}cats-vs-dogs/augmented.yaml`, '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('991 041 parameters');
    expect(out).toContain('100 epochs');
    expect((await tidemark('run', 'list', '--json')).out).toBe(before);
  });

  test('a config may come from standard input', async () => {
    const { child, done } = start(['run', 'submit', '-', '--json']);
    child.stdin.end(small.replace('EXP', 'piped'));
    expect(JSON.parse((await done).out)).toMatchObject({ experiment: 'piped' });
  });

  test('watch prints a line per epoch when it is no terminal, and answers how the run ended', async () => {
    const client = createClient(server);
    const run = await client.call(routes.createRun, { body: { experiment: 'watched' } });
    const { attempt, token } = run.session!;
    const watching = start(['run', 'watch', run.id]);
    const json = start(['run', 'watch', run.id, '--json']);
    await until('the watcher’s first line', () => watching.result.out.includes('running'));
    const point = (key: string, step: number, value: number) => ({ key, steps: [step], times: [1], values: [value] });
    for (const epoch of [1, 2]) {
      const step = epoch * 10;
      const series = [
        point('epoch', step, epoch),
        point('loss', step, 0.5 / epoch),
        point('val_loss', step, 0.75 / epoch),
      ];
      await client.call(routes.logRun, {
        params: { id: run.id },
        body: { attempt, token, firstSeq: epoch, lastSeq: epoch, series },
      });
      await until(`epoch ${epoch}`, () => watching.result.out.includes(`epoch ${epoch}`));
    }
    const finish = {
      attempt,
      token,
      finalSeq: 2,
      outcome: 'failed' as const,
      error: { code: 'nan', message: 'the loss is NaN' },
    };
    await client.call(routes.finishRun, { params: { id: run.id }, body: finish });
    const { code, out } = await watching.done;
    expect(code).toBe(1);
    expect(out).toContain('epoch 2  loss 0.2500  val_loss 0.3750');
    expect(out).toContain('the loss is NaN');
    expect(out).not.toContain('\u001b');
    const events = lines<{ type: string; epoch?: number; run?: Run }>((await json.done).out);
    expect(events.filter(({ type }) => type === 'epoch').map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(events.at(-1)).toMatchObject({ type: 'end', run: { status: 'failed' } });
  });

  test('a watcher outlives a restart of the server', async () => {
    const client = createClient(server);
    const run = await client.call(routes.createRun, { body: { experiment: 'restarted' } });
    const { attempt, token } = run.session!;
    const watching = start(['run', 'watch', run.id]);
    await until('the watcher’s first line', () => watching.result.out.includes('running'));
    await server.kill();
    await until('its complaint', () => watching.result.out.includes('No answer'));
    await server.restart();
    const finish = { attempt, token, finalSeq: 0, outcome: 'finished' as const };
    await client.call(routes.finishRun, { params: { id: run.id }, body: finish });
    expect(await watching.done).toMatchObject({ code: 0, out: expect.stringContaining('✓ finished') });
  });

  test('an interrupted watcher leaves the run alone and answers 130', async () => {
    const client = createClient(server);
    const run = await client.call(routes.createRun, { body: { experiment: 'interrupted' } });
    const watching = start(['run', 'watch', run.id]);
    await until('the watcher’s first line', () => watching.result.out.includes('running'));
    watching.child.kill('SIGINT');
    expect(await watching.done).toMatchObject({ code: 130, out: expect.stringContaining('The run goes on') });
    expect((await client.call(routes.getRun, { params: { id: run.id } })).status).toBe('running');
  });
});

describe('worker', () => {
  test('with a token that is not taken ends and says so; an unknown device is wrong usage', async () => {
    const dataDir = join(scratch, 'worker');
    const refused = await start(['worker', '--data-dir', dataDir], { TIDEMARK_TOKEN: `tdm${'0'.repeat(37)}` }).done;
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('--token');
    expect(refused.err).not.toMatch(/\n\s+at /);
    expect(await tidemark('worker', '--device', 'gpu')).toMatchObject({
      code: 2,
      err: expect.stringContaining('webgpu'),
    });
    expect(await tidemark('worker', '--label', 'two words')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--label two words is no label'),
    });
  });
});

describe('dataset', () => {
  test('add sends only what is missing, and the same again nothing', async () => {
    const folder = join(scratch, 'pets');
    for (const name of ['train/cats', 'train/dogs']) {
      mkdirSync(join(folder, name), { recursive: true });
      for (let i = 0; i < 5; i++) writeFileSync(join(folder, name, `${i}.png`), `${name} ${i}`);
    }
    writeFileSync(join(folder, 'README'), 'no image');
    const first = JSON.parse((await tidemark('dataset', 'add', 'pets', folder, '--json')).out) as object;
    expect(first).toMatchObject({
      name: 'pets',
      version: 1,
      state: 'ready',
      files: 10,
      uploaded: 10,
      skipped: 1,
      folders: { 'train/cats': 5, 'train/dogs': 5 },
    });
    expect((await tidemark('dataset', 'add', 'pets', folder)).out).toContain('the server had them all');
    writeFileSync(join(folder, 'train/cats/5.png'), 'one more');
    expect(JSON.parse((await tidemark('dataset', 'add', 'pets', folder, '--json')).out)).toMatchObject({
      version: 2,
      uploaded: 1,
    });
    expect(lines((await tidemark('dataset', 'list', 'pets', '--json')).out)).toHaveLength(2);
    expect(await tidemark('dataset', 'add', 'Pets!', folder)).toMatchObject({ code: 2 });
    expect(await tidemark('dataset', 'add', 'pets', join(scratch, 'missing'))).toMatchObject({ code: 3 });
  });
});

describe('token', () => {
  test('create prints the secret alone on standard output; it works until it is revoked', async () => {
    const { out, err } = await tidemark('token', 'create', 'reader', '--scope', 'read');
    const secret = out.trim();
    expect(secret).toMatch(/^tdm[0-9a-z]{37}$/);
    expect((await start(['run', 'list'], { TIDEMARK_TOKEN: secret }).done).code).toBe(0);
    const denied = await start(['run', 'submit', config(small), '--json'], { TIDEMARK_TOKEN: secret }).done;
    expect(denied.code).toBe(1);
    expect(JSON.parse(denied.err)).toMatchObject({ error: { code: 'forbidden' } });
    // What is named is the scope that is needed: a worker's token is not made by asking for one that may write.
    const worker = await start(['worker', '--once'], { TIDEMARK_TOKEN: secret }).done;
    expect(worker.code).toBe(1);
    expect(worker.err).toContain('--scope worker');
    const id = /revoke (\d+)/.exec(err)?.[1] ?? '';
    expect((await tidemark('token', 'revoke', id)).code).toBe(0);
    expect((await start(['run', 'list'], { TIDEMARK_TOKEN: secret }).done).err).toContain('--token');
    expect((await tidemark('token', 'list')).out).toContain('revoked');
  });
});

describe('serve', () => {
  test('with a data folder of its own it says how another terminal finds it', async () => {
    const folder = join(scratch, 'elsewhere');
    const nowhere = { TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: '' };
    const { child, result, done } = start(
      ['serve', '--dev', '--no-worker', '--port', '0', '--data-dir', folder],
      nowhere,
    );
    try {
      const line = await until('its greeting', async () => /export (TIDEMARK_DATA_DIR)=(.+)/.exec(result.out), 30);
      const found = await start(['run', 'list'], { ...nowhere, [line[1]!]: line[2]! }).done;
      expect(found).toMatchObject({ code: 0, out: expect.stringContaining('No runs yet') });
      expect(await start(['run', 'list'], nowhere).done).toMatchObject({ code: 4 });
    } finally {
      child.kill('SIGTERM');
      await done;
    }
  }, 60_000);
});

describe('usage', () => {
  test('a typo gets a suggestion, and wrong usage answers 2', async () => {
    expect(await tidemark('rnu')).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean run?') });
    expect(await tidemark('run', 'lits')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean list?'),
    });
    expect(await tidemark('run', 'list', '--exprimnet', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--experiment'),
    });
    expect(await tidemark('run', 'list', '--limit', 'many')).toMatchObject({
      code: 2,
      err: expect.stringContaining('A whole number from 1 to 1000'),
    });
    expect(await tidemark('run', 'show')).toMatchObject({ code: 2 });
    expect(await tidemark('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') });
    expect(await tidemark('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
  });

  test('a server that is away answers 4, and what to do; none of it shows a stack', async () => {
    const port = await freePort();
    const away = await start(['run', 'list'], { TIDEMARK_URL: `http://127.0.0.1:${port}` }).done;
    expect(away.code).toBe(4);
    expect(away.err).toContain('tidemark serve');
    expect(away.err).not.toMatch(/\n\s+at /);
    const unnamed = await start(['run', 'list'], { TIDEMARK_URL: '', TIDEMARK_TOKEN: '' }).done;
    expect(unnamed).toMatchObject({ code: 4, err: expect.stringContaining('No server is named') });
    expect(await start(['run', 'list'], { TIDEMARK_URL: 'localhost' }).done).toMatchObject({ code: 2 });
  });

  test('on one machine server and token are found by themselves', async () => {
    const env = { TIDEMARK_URL: '', TIDEMARK_TOKEN: '', TIDEMARK_DATA_DIR: server.dataDir };
    expect((await start(['run', 'list', '--json'], env).done).code).toBe(0);
  });

  test('a second server on the same port or data is told why not', async () => {
    const { port } = new URL(server.url);
    const taken = await tidemark('serve', '--dev', '--port', port, '--data-dir', join(scratch, 'other'));
    expect(taken).toMatchObject({ code: 1, err: expect.stringContaining(`Port ${port}`) });
    expect(taken.err).toContain('--port');
    const same = await tidemark('serve', '--dev', '--port', '0', '--data-dir', server.dataDir);
    expect(same).toMatchObject({ code: 1, err: expect.stringContaining('Another server') });
    expect(await tidemark('serve', '--port', '99999')).toMatchObject({ code: 2 });
    expect(
      await start(['serve', '--dev', '--port', '0', '--data-dir', join(scratch, 'x')], { TIDEMARK_DB: 'mysql://x' })
        .done,
    ).toMatchObject({ code: 2 });
  });

  test('doctor names what is there', async () => {
    const { code, out } = await tidemark('doctor', '--json');
    const { checks } = JSON.parse(out) as { checks: { name: string; state: string }[] };
    expect(code).toBe(0);
    const state = (name: string) => checks.find((check) => check.name === name)?.state;
    expect([state('node'), state('sharp'), state('onnxruntime'), state('server'), state('token')]).toEqual(
      Array(5).fill('ok'),
    );
    const lost = await start(['doctor', '--json'], { TIDEMARK_URL: `http://127.0.0.1:${await freePort()}` }).done;
    expect(lost.code).toBe(1);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

test('`status` says how the server is, and is 4 when it is away', async () => {
  const seen = await tidemark('status');
  expect(seen).toMatchObject({ code: 0, err: '' });
  expect(seen.out).toMatch(/^Everything works\. Project default/);
  expect(seen.out).toMatch(/database +answers in/);
  const [found] = lines<{ ok: boolean; queue: { length: number } }>((await tidemark('status', '--json')).out);
  expect(found).toMatchObject({ ok: true, problems: [], project: 'default' });
  const away = await start(['status'], { TIDEMARK_URL: 'http://127.0.0.1:9' }).done;
  expect(away).toMatchObject({ code: 4, out: '' });
});
