import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import type { RunDetail } from '@tidemark/api/contract/runs';
import { type Client, createClient } from '@tidemark/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type ServeProcess, serveProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

const bin = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-exec-'));
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

/** `tidemark exec`, with a spool of its own. */
function exec(args: string[], env: Record<string, string> = {}) {
  const spool = mkdtempSync(join(scratch, 'spool-'));
  const child: ChildProcess = spawn(process.execPath, [bin, 'exec', ...args], {
    cwd: scratch,
    env: { ...process.env, TIDEMARK_URL: server.url, TIDEMARK_TOKEN: server.token, TIDEMARK_SPOOL_DIR: spool, ...env },
  });
  const said = { out: '', err: '' };
  child.stdout!.on('data', (data) => {
    said.out += data;
  });
  child.stderr!.on('data', (data) => {
    said.err += data;
  });
  const done = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
  return { child, said, done, waiting: () => readdirSync(spool) };
}
const node = (code: string) => [process.execPath, '-e', code];

async function runOf(experiment: string): Promise<RunDetail> {
  const { experiments } = await client.call(routes.listExperiments);
  const { id } = experiments.find(({ name }) => name === experiment)!;
  const { runs } = await client.call(routes.listRuns, { query: { experiment: id } });
  expect(runs).toHaveLength(1);
  return client.call(routes.getRun, { params: { id: runs[0]!.id } });
}
const consoleOf = async ({ id }: RunDetail) =>
  (await client.call(routes.readConsole, { params: { id } })).lines.map(({ stream, text }) => `${stream} ${text}`);

describe('tidemark exec', () => {
  test('shows and records what a program prints, what it is and how it ends', async () => {
    const program = "process.stdout.write('one\\ntwo ü'); console.error('\\u001b[31mred\\u001b[0m')";
    const { done, waiting } = exec([
      ...['-e', 'exec-plain', '--name', 'mine', '--note', 'why', '--tag', 'team=a=b', '--param', 'lr=0.1'],
      ...['--param', 'deep=true', '--param', 'net=wide', '--', ...node(program), '--', '--api-key=hunter2'],
    ]);
    const { code, out, err } = await done;
    expect(code).toBe(0);
    expect(out).toBe('one\ntwo ü');
    expect(err).toContain('\u001b[31mred\u001b[0m\n');
    const run = await runOf('exec-plain');
    expect(run).toMatchObject({ status: 'finished', origin: 'sdk', name: 'mine', note: 'why', tags: { team: 'a=b' } });
    expect(run.params).toEqual({ lr: 0.1, deep: true, net: 'wide' });
    expect((await consoleOf(run)).sort()).toEqual(['stderr \u001b[31mred\u001b[0m', 'stdout one', 'stdout two ü']);
    const { environments } = await client.call(routes.readEnvironments, { params: { id: run.id } });
    expect(environments[0]!.environment.command.slice(0, 2)).toEqual([process.execPath, '-e']);
    expect(JSON.stringify(environments)).not.toContain('hunter2');
    expect(environments[0]!.environment.runtime).toEqual({ name: 'node', version: '' });
    expect(waiting()).toEqual([]);
  });

  test('ends as the program does', async () => {
    const failed = exec(['-e', 'exec-failed', '--', ...node('process.exit(3)')]);
    const killed = exec(['-e', 'exec-killed', '--', ...node("process.kill(process.pid, 'SIGKILL')")]);
    const absent = exec(['-e', 'exec-absent', '--', 'no-such-program']);
    expect((await failed.done).code).toBe(3);
    expect(await runOf('exec-failed')).toMatchObject({
      status: 'failed',
      error: { code: 'exit', message: expect.stringContaining('exit code 3') },
    });
    expect((await killed.done).code).toBe(137);
    expect(await runOf('exec-killed')).toMatchObject({ status: 'failed', error: { code: 'SIGKILL' } });
    const { code, err } = await absent.done;
    expect(code).toBe(127);
    expect(err).toContain('no-such-program could not be started');
    expect(await runOf('exec-absent')).toMatchObject({ status: 'failed', error: { code: 'not_started' } });
  });

  test('passes signals on, and a cancelled run’s program is asked to stop', async () => {
    const patient =
      "console.log('ready'); process.on('SIGTERM', () => { console.log('bye'); process.exit(7); }); setInterval(() => {}, 1000)";
    // Somebody watches, so the server asks for a call every 5 s instead of every 30.
    const watcher = new WebSocket(`${client.base.replace('http', 'ws')}/live?topics=changes`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    await once(watcher, 'open');
    const ended = exec(['-e', 'exec-term', '--', ...node(patient)]);
    const cancelled = exec(['-e', 'exec-cancel', '--', ...node(patient)]);
    await until('both programs', () => ended.said.out.includes('ready') && cancelled.said.out.includes('ready'));
    ended.child.kill('SIGTERM');
    expect((await ended.done).code).toBe(7);
    expect(await runOf('exec-term')).toMatchObject({ status: 'cancelled' });
    expect(await consoleOf(await runOf('exec-term'))).toEqual(['stdout ready', 'stdout bye']);
    await client.call(routes.cancelRun, { params: { id: (await runOf('exec-cancel')).id } });
    expect((await cancelled.done).code).toBe(7);
    expect(await runOf('exec-cancel')).toMatchObject({ status: 'cancelled' });
    watcher.close();
  });

  test('names its run to the program, which adds to it by calls of the API', async () => {
    const program = `
      const { TIDEMARK_URL: url, TIDEMARK_TOKEN: token, TIDEMARK_RUN: run } = process.env;
      const series = [{ key: 'loss', steps: [1, 2], times: [1, 2], values: [0.5, 0.25] }];
      fetch(url + '/api/v1/runs/' + run + '/log', {
        method: 'POST',
        headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
        body: JSON.stringify({ series }),
      }).then((response) => console.log(response.status));`;
    const { done } = exec(['-e', 'exec-adds', '--api', server.url, '--', ...node(program)], { TIDEMARK_URL: '' });
    expect(await done).toMatchObject({ code: 0, out: '200\n' });
    const run = await runOf('exec-adds');
    expect(run).toMatchObject({ status: 'finished', metrics: { loss: { count: 2, last: 0.25 } } });
    expect(await consoleOf(run)).toEqual(['stdout 200']);
  });

  test('runs the program where no server answers, and refuses what cannot be', async () => {
    const away = exec(['--', ...node("console.log('ran')")], { TIDEMARK_MODE: 'offline' });
    expect(await away.done).toMatchObject({ code: 0, out: 'ran\n' });
    expect(away.waiting().some((file) => file.endsWith('.journal'))).toBe(true);
    const wrong = await exec(['--tag', 'none', '--', ...node("console.log('ran')")]).done;
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('key=value');
    const nothing = await exec([]).done;
    expect(nothing.code).toBe(2);
  });
});
