import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConsole } from '@tidemark/api/contract/console';
import { readEnvironments } from '@tidemark/api/contract/environment';
import { listMedia } from '@tidemark/api/contract/media';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, submit } from './history.ts';
import { makeImages } from './images.ts';
import { ServerProcess, WorkerProcess } from './processes.ts';

// What a worker records of a run beside its points, with real processes: machine, console of the trainer, figures, media.

let folder = '';
let server: ServerProcess;
let worker: WorkerProcess;
const before = process.env.NODE_OPTIONS;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-recording-'));
  await makeImages(join(folder, 'images'), { train: 24, test: 4 }, 12);
  server = await ServerProcess.start(join(folder, 'server'));
  // Something in the trainer that prints past its own messages, as native code does.
  const words = `let n = 0; if (/trainer.js$/.test(process.argv[1])) setInterval(() => { process.stderr.write('native ' + n++ + '\\n'); process.stdout.write('\\rbar ' + n); }, 50).unref()`;
  process.env.NODE_OPTIONS = `${before ?? ''} --import data:text/javascript,${encodeURIComponent(words)}`;
  worker = new WorkerProcess(join(folder, 'worker'), server.address, { systemSeconds: 0.3 });
  await worker.ready();
});
afterAll(async () => {
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  if (worker?.alive) await worker.kill();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('a trained run says where it ran, what its trainer printed, how the machine did, and shows its figures', async () => {
  const id = await submit(server.client, {
    data: { path: join(folder, 'images'), image_size: [12, 12], batch_size: 2, validation_split: 0.25, test: 'test' },
    model: { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1, activation: 'sigmoid' }] },
    epochs: 60,
  });
  const run = await ended(server.client, id, 120);
  expect(run.status).toBe('finished');
  const params = { id };
  const { environments } = await server.client.call(readEnvironments, { params });
  expect(environments).toHaveLength(1);
  const { environment } = environments[0]!;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // The commit that the worker's code was at: another may have come since.
  execFileSync('git', ['cat-file', '-e', `${environment.git?.commit}^{commit}`], { cwd: root });
  expect(environment.packages).toHaveProperty('onnxruntime-node');
  // The token stands on the worker's command line here.
  expect(environment.command.join(' ')).not.toContain(server.address.token);

  const { media } = await server.client.call(listMedia, { params, query: { near: 'latest' } });
  expect(media.map(({ key }) => key)).toEqual([
    'test/confusion_matrix',
    'test/pr_curve',
    'test/roc_curve',
    'val/confusion_matrix',
    'val/pr_curve',
    'val/roc_curve',
  ]);
  const [matrix] = (
    await server.client.call(listMedia, { params, query: { near: 'latest', keys: 'val/confusion_matrix' } })
  ).media;
  if (matrix?.value.type !== 'confusion_matrix') throw new Error('no matrix');
  expect(matrix.step).toBe(run.best!.step);
  expect(matrix.value.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(12);

  const { lines } = await server.client.call(readConsole, { params, query: { limit: 5000 } });
  const printed = lines.filter(({ stream }) => stream === 'stderr').map(({ text }) => text);
  expect(printed.length).toBeGreaterThan(2);
  const numbers = printed.map((text) => Number(/^native (\d+)$/.exec(text)?.[1]));
  expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  // A bar without an end: a line each half minute, and its last state.
  const bars = lines.filter(({ stream }) => stream === 'stdout');
  expect(bars.length).toBeGreaterThan(0);
  expect(bars.length).toBeLessThan(6);
  expect(lines.some(({ stream, text }) => stream === 'log' && /epoch 60/i.test(text))).toBe(true);

  const system = Object.keys(run.metrics).filter((key) => key.startsWith('system/') && key !== 'system/data_wait');
  expect(system).toEqual(
    expect.arrayContaining(['system/cpu', 'system/memory', 'system/process.memory', 'system/disk']),
  );
  expect(run.metrics['system/process.memory']!.max).toBeGreaterThan(2 ** 20);
  expect(run.metrics['system/cpu']!.max).toBeLessThanOrEqual(100);
});
