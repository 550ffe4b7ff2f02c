import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRun, runLines } from '@tidemark/api/contract/runs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { ended, historyOf, submit } from './history.ts';
import { makeImages } from './images.ts';
import { ServerProcess, WorkerProcess } from './processes.ts';

// What training itself does to a run: memory that is not there, a loss that diverges. Real processes.

let folder = '';
let server: ServerProcess;
let worker: WorkerProcess;

const net = (filters: number) => ({
  layers: [
    { type: 'Conv2D', filters, kernel_size: 3, activation: 'relu' },
    { type: 'MaxPooling2D' },
    { type: 'Flatten' },
    { type: 'Dense', units: 1, activation: 'sigmoid' },
  ],
});
const config = (part: Record<string, unknown>, data: Record<string, unknown> = {}) => ({
  data: { path: join(folder, 'images'), image_size: [12, 12], batch_size: 4, validation_split: 0.25, ...data },
  model: net(4),
  epochs: 4,
  ...part,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-failures-'));
  await makeImages(join(folder, 'images'), { train: 16, test: 4 }, 12);
  server = await ServerProcess.start(join(folder, 'server'));
  worker = new WorkerProcess(join(folder, 'worker'), server.address);
  await worker.ready();
});
afterAll(async () => {
  if (worker?.alive) await worker.kill();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The trainer that stands ready, and the bytes of address space that it has. */
function idleTrainer(): { pid: number; size: number } | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      if (Number(/^PPid:\s+(\d+)/m.exec(status)![1]) !== worker.child.pid) continue;
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('trainer.js')) continue;
      return { pid: Number(pid), size: Number(/^VmSize:\s+(\d+)/m.exec(status)![1]) * 1024 };
    } catch {
      // It ended while it was looked at.
    }
  }
  return null;
}

const limitable = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

// Without prlimit (util-linux) a running process cannot be given less memory.
test.runIf(limitable)('a batch that does not fit fails the run at once, named, with a smaller one', async () => {
  const trainer = await until('a trainer to stand ready', () => (worker.of('ready').length > 0 ? idleTrainer() : null));
  const limit = spawnSync('prlimit', ['--pid', String(trainer.pid), `--as=${trainer.size + 300 * 2 ** 20}`]);
  expect(limit.status, String(limit.stderr)).toBe(0);
  const big = config({ model: net(64), max_retries: 0 }, { image_size: [400, 400], batch_size: 24 });
  const id = await submit(server.client, big);
  const run = await ended(server.client, id);
  expect(run.status).toBe('failed');
  expect(run.error).toMatchObject({ code: 'out_of_memory' });
  expect(run.error!.message).toContain('The batch is 24 images of 400×400. Try `data.batch_size: 12`');
  expect(run.attempts).toHaveLength(1);
});

test('a loss that diverges: the run fails with its step; or it goes back, and its history has one lineage', async () => {
  // From step 10 on, in the second epoch, nothing survives.
  const optimizer = { name: 'SGD', learning_rate: { schedule: 'step', values: [1e-3, 1e30], boundaries: [8] } };
  const failed = await ended(server.client, await submit(server.client, config({ optimizer })));
  expect(failed.error).toMatchObject({ code: 'diverged' });
  expect(failed.error!.message).toMatch(/^The loss is (NaN|Infinity) at step \d+ \(epoch 2\)/);

  const policy = config({ optimizer, nan_policy: { action: 'rollback', factor: 1e-30 } });
  const id = await submit(server.client, policy);
  const run = await ended(server.client, id);
  expect(run.status, run.error?.message).toBe('finished');
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['released', 'finished']);
  expect(run.attempts[1]!.resumeStep).toBe(6);
  expect(run.metrics.rollbacks?.last).toBe(1);
  const history = await historyOf(server.client, id);
  const steps = history.points.find(({ key }) => key === 'batch/loss')!;
  expect(steps.points.map(([step]) => step)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  expect(steps.points.every(([, loss]) => Number.isFinite(loss))).toBe(true);
  const { lines } = await server.client.call(runLines, { params: { id } });
  expect(lines.some(({ text }) => /Going back to the checkpoint of step 6 \(rollback 1 of 3/.test(text))).toBe(true);

  // Killed at the moment it goes back, it comes to the same end.
  worker.onEvent = (event) => {
    if (event.type !== 'line' || !event.text.includes('Going back')) return;
    try {
      process.kill(worker.trainer!, 'SIGKILL');
    } catch {
      // It ended by itself just now.
    }
  };
  const other = await submit(server.client, policy);
  expect((await ended(server.client, other)).status).toBe('finished');
  worker.onEvent = () => {};
  expect(await historyOf(server.client, other)).toEqual(history);
  expect((await server.client.call(getRun, { params: { id: other } })).metrics.rollbacks?.last).toBe(1);
});
