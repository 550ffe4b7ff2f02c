import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { type Client, createClient } from '@tidemark/client';
import { syncSpool } from '@tidemark/client/node/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { here } from '../cli/here.ts';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

const sdk = fileURLToPath(new URL('../../client/run.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-sdk-'));
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

/** A user's own script in a process of its own, with a spool of its own. */
function script(name: string, body: string, env: Record<string, string> = {}) {
  const spool = join(scratch, `${name}-spool`);
  const path = join(scratch, `${name}.mts`);
  writeFileSync(path, `import { init } from ${JSON.stringify(sdk)};\n${body}\n`);
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', path], {
    // So that `tsx` is found whatever the script's folder is.
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      ...process.env,
      TIDEMARK_URL: server.url,
      TIDEMARK_TOKEN: server.token,
      TIDEMARK_SPOOL_DIR: spool,
      // What a run records by itself is tested in recording.test.ts; half of a short script's time is git and packages.
      TIDEMARK_ENVIRONMENT: 'off',
      TIDEMARK_SYSTEM: 'off',
      ...env,
    },
  });
  const said = { out: '', err: '' };
  child.stdout?.on('data', (data) => {
    said.out += data;
  });
  child.stderr?.on('data', (data) => {
    said.err += data;
  });
  const done = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  return { child, said, done, spool, waiting: () => readdirSync(spool).filter((file) => file.endsWith('.journal')) };
}

const tidemark = (args: string[]) => here(args, { TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token });

const runOf = async (experiment: string): Promise<RunDetail | undefined> => {
  const { experiments } = await client.call(routes.listExperiments);
  const found = experiments.find(({ name }) => name === experiment);
  if (!found) return undefined;
  const { runs } = await client.call(routes.listRuns, { query: { experiment: found.id } });
  return runs[0] && client.call(routes.getRun, { params: { id: runs[0].id } });
};
const values = async (run: RunDetail, key: string): Promise<[number, unknown][]> => {
  const { series } = await client.call(routes.readMetrics, { query: { runs: run.id, keys: key, points: 5000 } });
  const [one] = series;
  expect(one?.exact).toBe(true);
  return one!.step.map((step, i) => [step, one!.value[i]]);
};
const ended = (experiment: string) =>
  until(`the end of ${experiment}`, async () => {
    const run = await runOf(experiment);
    return run && !['running', 'queued'].includes(run.status) ? run : undefined;
  });

// A script is a process of its own: a second of loading, five and more where the machine is busy.
describe('a script’s run', { timeout: 120_000 }, () => {
  test('has its params, tags and every point, NaN among them', async () => {
    const { done, said, waiting } = script(
      'plain',
      `const run = await init({ experiment: 'plain', name: 'mine', config: { lr: 0.1, net: { depth: 3 } }, tags: { team: 'a' } });
       for (let i = 0; i < 200; i++) run.log({ loss: i === 7 ? NaN : 1 / (i + 1), val: { acc: i } });
       run.log({ odd: 1 }, { step: 1000 });
       console.log(run.url, await run.finish(), await run.finish());`,
    );
    expect(await done).toEqual({ code: 0, signal: null });
    const run = (await runOf('plain'))!;
    expect(said.out.trim()).toBe(`${server.url}/r/${run.id} true true`);
    expect(run).toMatchObject({
      name: 'mine',
      status: 'finished',
      origin: 'sdk',
      params: { lr: 0.1, 'net.depth': 3 },
      tags: { team: 'a' },
    });
    const loss = await values(run, 'loss');
    expect(loss).toHaveLength(200);
    expect(loss[7]).toEqual([7, 'NaN']);
    expect(await values(run, 'odd')).toEqual([[1000, 1]]);
    expect(waiting()).toEqual([]);
  });

  test('is finished by an empty event loop', async () => {
    const { done } = script('loop', `const run = await init({ experiment: 'loop' }); run.log({ a: 1 });`);
    expect((await done).code).toBe(0);
    expect(await runOf('loop')).toMatchObject({ status: 'finished', metrics: { a: { count: 1 } } });
  });

  test('failed with an exception, which still ends the script as ever', async () => {
    const { done, said } = script(
      'throws',
      `const run = await init({ experiment: 'throws' }); run.log({ a: 1 }); throw new RangeError('too hot');`,
    );
    expect((await done).code).toBe(1);
    expect(said.err).toContain('RangeError: too hot');
    expect(await ended('throws')).toMatchObject({
      status: 'failed',
      metrics: { a: { count: 1 } },
      error: { code: 'RangeError', message: expect.stringContaining('too hot') },
    });
  });

  test('process.exit and a signal end it too', async () => {
    const exits = script(
      'exits',
      `const run = await init({ experiment: 'exits' }); run.log({ a: 1 }); process.exit(3);`,
    );
    const killed = script(
      'signals',
      `const run = await init({ experiment: 'signals' }); run.log({ a: 1 }); console.log('ready'); setInterval(() => {}, 1000);`,
    );
    expect((await exits.done).code).toBe(3);
    expect(await ended('exits')).toMatchObject({
      status: 'failed',
      metrics: { a: { count: 1 } },
      error: { message: expect.stringContaining('3') },
    });
    await until('the script', () => killed.said.out.includes('ready'));
    killed.child.kill('SIGTERM');
    expect((await killed.done).signal).toBe('SIGTERM');
    expect(await ended('signals')).toMatchObject({ status: 'cancelled', metrics: { a: { count: 1 } } });
  });

  test('a kill -9 loses nothing that was logged; the next script sends the rest and says how it ended', async () => {
    // It says each number only once `log` has returned with it.
    const victim = script(
      'victim',
      `const { writeSync } = await import('node:fs');
       const run = await init({ experiment: 'victim' });
       for (let i = 0; ; i++) { run.log({ a: i }); writeSync(1, i + '\\n'); if (i % 50 === 49) await new Promise((next) => setTimeout(next, 5)); }`,
    );
    await until('2,000 points', () => victim.said.out.length > 8890);
    victim.child.kill('SIGKILL');
    await victim.done;
    expect((await runOf('victim'))?.status).toBe('running');
    expect(victim.waiting()).toHaveLength(1);
    const next = script(
      'next',
      `const { readdirSync } = await import('node:fs');
       const run = await init({ experiment: 'next' });
       const waiting = () => readdirSync(process.env.TIDEMARK_SPOOL_DIR).filter((file) => file.endsWith('.journal')).length;
       while (waiting() > 1) await new Promise((again) => setTimeout(again, 20));
       await run.finish();`,
      { TIDEMARK_SPOOL_DIR: victim.spool },
    );
    await next.done;
    const run = await ended('victim');
    expect(run).toMatchObject({ status: 'failed', error: { code: 'script_died' } });
    const whole = victim.said.out.slice(0, victim.said.out.lastIndexOf('\n')).split('\n');
    const count = run.metrics.a!.count;
    expect(count).toBeGreaterThanOrEqual(whole.length);
    // Nothing that was not logged is there either, and each point once.
    expect(run.metrics.a).toMatchObject({ min: 0, max: count - 1, last: count - 1, lastStep: count - 1 });
    expect(victim.waiting()).toEqual([]);
  }, 120_000);

  test('is cancelled from outside: its signal is aborted', async () => {
    // Somebody watches, so the server asks for a call every 5 s instead of every 30.
    const watcher = new WebSocket(`${client.base.replace('http', 'ws')}/live?topics=changes`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    await once(watcher, 'open');
    const { done, said } = script(
      'cancels',
      `const run = await init({ experiment: 'cancels' });
       const timer = setInterval(() => run.log({ a: 1 }), 50);
       run.signal.addEventListener('abort', async () => { clearInterval(timer); console.log('stopped', await run.finish()); });`,
    );
    const run = await until('the run', () => runOf('cancels'));
    await client.call(routes.cancelRun, { params: { id: run.id } });
    expect((await done).code).toBe(0);
    expect(said.out).toContain('stopped true');
    expect(await runOf('cancels')).toMatchObject({ status: 'cancelled' });
    watcher.close();
  }, 90_000);

  test('init throws what the server refuses, and nothing else', async () => {
    const { done, said } = script(
      'refused',
      `const error = await init({ experiment: 'x'.repeat(300) }).catch((e) => e); console.log(error.name, error.code);
       const run = await init({ experiment: 'unknown-token', token: 'tdm' + '0'.repeat(37) }); run.log({ a: 1 });
       console.log(await run.finish({ waitSeconds: 0.3 }));`,
    );
    expect((await done).code).toBe(0);
    expect(said.out).toBe('ApiError invalid_request\nfalse\n');
  });
});

describe('a server that is away', { timeout: 120_000 }, () => {
  test('offline by mode makes no call at all; `tidemark sync` sends it', async () => {
    for (const [name, options, env] of [
      ['offline', `, mode: 'offline'`, {}],
      ['by-environment', '', { TIDEMARK_MODE: 'offline' }],
    ] as const) {
      const offline = script(
        name,
        `globalThis.fetch = () => { console.log('called'); throw new TypeError('no'); };
         const run = await init({ experiment: '${name}'${options} });
         for (let i = 0; i < 20; i++) run.log({ a: i });
         console.log(await run.finish(), run.url);`,
        env,
      );
      expect((await offline.done).code).toBe(0);
      expect(offline.said.out).toBe('false null\n');
      expect(await runOf(name)).toBeUndefined();
      const sync = () => tidemark(['sync', offline.spool, '--json']);
      const first = await sync();
      expect(first.code).toBe(0);
      expect(JSON.parse(first.out)).toMatchObject({ state: 'sent' });
      expect(await runOf(name)).toMatchObject({ status: 'finished', metrics: { a: { count: 20 } } });
      expect(await sync()).toEqual({ code: 0, out: '', err: '' });
    }
    const wrong = script('wrong-mode', `await init({ mode: 'ofline' }).catch((error) => console.log(error.name));`);
    expect((await wrong.done).code).toBe(0);
    expect(wrong.said.out).toBe('TypeError\n');
  });

  test('does not stop a script; the run is kept and sent later, once', async () => {
    const away = script(
      'away',
      `const started = performance.now();
       const run = await init({ experiment: 'away', config: { a: 1 } });
       for (let i = 0; i < 30; i++) run.log({ a: i });
       const sent = await run.finish({ waitSeconds: 0.5 });
       console.log(sent, performance.now() - started < 5000);`,
      { TIDEMARK_URL: 'http://127.0.0.1:1' },
    );
    expect((await away.done).code).toBe(0);
    expect(away.said.out.trim()).toBe('false true');
    expect(away.said.err).toContain('kept in');
    const [file] = away.waiting();
    expect(file).toBeDefined();
    // It belongs to another address, so this server does not get it …
    const sync = (url: string) => syncSpool({ folder: away.spool, client: { ...client, url }, rng: () => 0 });
    expect(await sync(server.url)).toMatchObject([{ state: 'elsewhere' }]);
    // … until that address answers.
    expect(await sync('http://127.0.0.1:1')).toMatchObject([{ state: 'sent' }]);
    expect(await values((await runOf('away'))!, 'a')).toHaveLength(30);
    expect(away.waiting()).toEqual([]);
  });

  test('killed and restarted in the middle of a run, nothing is lost and nothing doubled', async () => {
    const run = script(
      'restart',
      `const run = await init({ experiment: 'restart' });
       let i = 0;
       const timer = setInterval(() => { run.log({ a: i }); if (++i === 400) { clearInterval(timer); run.finish().then((sent) => console.log('sent', sent)); } }, 20);
       setInterval(() => console.log('step', i), 200).unref();`,
    );
    for (const step of [60, 160, 260]) {
      await until(`step ${step}`, () => run.said.out.split('\n').some((line) => Number(line.slice(5)) >= step), 60);
      await server.kill();
      await server.restart();
    }
    expect((await run.done).code).toBe(0);
    expect(run.said.out).toContain('sent true');
    const points = await values((await runOf('restart'))!, 'a');
    expect(points).toEqual(Array.from({ length: 400 }, (_, i) => [i, i]));
    expect(run.waiting()).toEqual([]);
  }, 120_000);
});
