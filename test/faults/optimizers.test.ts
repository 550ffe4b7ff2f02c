import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkerEvent } from '@tidemark/worker/main';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ended, historyOf, submit } from './history.ts';
import { makeImages } from './images.ts';
import { ServerProcess, WorkerProcess } from './processes.ts';

// Whatever an optimizer remembers survives kill -9 at every named point: with moving averages, accumulation, a schedule,
// augmentation and dropout, a run that was killed again and again on one thread ends with the bytes of one that was left alone on two.

const EVERYTHING = {
  learning_rate: { schedule: 'cosine', initial_learning_rate: 0, warmup_target: 2e-3, warmup_epochs: 1 },
  weight_decay: 0.01,
  exclude_from_weight_decay: ['bias'],
  global_clipnorm: 1,
  use_ema: true,
  ema_momentum: 0.9,
  gradient_accumulation_steps: 2,
};
/**
 * A worker process at a time takes seconds, and the loop around them is the same, so by default one stands for all; that each ends
 * with the same bytes is held within a process (test/engine/exactness.test.ts). TIDEMARK_FAULT_OPTIMIZERS=all kills all.
 */
const OPTIMIZERS = [
  { name: 'AdamW', ema_overwrite_frequency: 3 },
  { name: 'Adam', amsgrad: true },
  { name: 'RMSprop', momentum: 0.9, centered: true },
  { name: 'SGD', momentum: 0.9, nesterov: true },
  { name: 'Lion' },
].slice(0, process.env.TIDEMARK_FAULT_OPTIMIZERS === 'all' ? undefined : 1);
const conv = (filters: number) => ({ type: 'Conv2D', filters, kernel_size: 3, activation: 'relu' });

let folder = '';
let server: ServerProcess;
const workers: WorkerProcess[] = [];

// Wide enough that its batches are cut in two, so that the second thread has work.
const config = (optimizer: Record<string, unknown>) => ({
  data: { path: join(folder, 'images'), test: 'test', image_size: [24, 24], batch_size: 12, validation_split: 0.25 },
  augmentation: { rotation_range: 20, zoom_range: 0.2, horizontal_flip: true },
  model: {
    layers: [
      conv(32),
      conv(64),
      { ...conv(64), kernel_regularizer: { l2: 1e-4 } },
      { type: 'MaxPooling2D' },
      { type: 'Flatten' },
      { type: 'Dropout', rate: 0.3 },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
  },
  loss: { name: 'binary_crossentropy', label_smoothing: 0.1 },
  optimizer: { ...EVERYTHING, ...optimizer },
  epochs: 4,
  seed: 5,
});

function work(name: string, threads: number): WorkerProcess {
  const worker = new WorkerProcess(join(folder, name), server.address, { threads });
  workers.push(worker);
  return worker;
}

/** The named points, in the order in which a run comes to them. */
const POINTS: readonly [string, (event: WorkerEvent) => boolean][] = [
  ['compiled', (event) => event.type === 'device'],
  ['within an epoch', (event) => event.type === 'progress' && event.progress.step >= 5],
  ['an epoch’s end', (event) => event.type === 'epoch'],
  ['a checkpoint', (event) => event.type === 'checkpoint'],
  ['validating', (event) => event.type === 'progress' && event.progress.phase === 'validating'],
  ['testing', (event) => event.type === 'progress' && event.progress.phase === 'testing'],
];

let references: Awaited<ReturnType<typeof historyOf>>[];
let killed: WorkerProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-optimizers-'));
  await makeImages(join(folder, 'images'), { train: 24, test: 8 });
  server = await ServerProcess.start(join(folder, 'server'));
  const undisturbed = work('undisturbed', 2);
  const ids: string[] = [];
  for (const optimizer of OPTIMIZERS) ids.push(await submit(server.client, config(optimizer)));
  references = [];
  for (const id of ids) {
    const run = await ended(server.client, id, 280);
    expect(run.status, JSON.stringify(run.error)).toBe('finished');
    references.push(await historyOf(server.client, id));
  }
  expect(undisturbed.of('device').every(({ description }) => description.includes('2 threads'))).toBe(true);
  await undisturbed.kill();
  killed = work('killed', 1);
  await killed.ready();
}, 300_000 * OPTIMIZERS.length);

afterAll(async () => {
  for (const worker of workers) if (worker.alive) await worker.kill();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test.each(OPTIMIZERS.map(({ name }, i) => [name, i] as const))(
  '%s, killed at every named point',
  async (_, i) => {
    const left = [...POINTS];
    const reached: string[] = [];
    killed.onEvent = (event) => {
      const point = left[0];
      if (!point?.[1](event) || killed.trainer === null) return;
      left.shift();
      reached.push(point[0]);
      try {
        process.kill(killed.trainer, 'SIGKILL');
      } catch {
        // It ended by itself just now.
      }
    };
    const id = await submit(server.client, config(OPTIMIZERS[i]!));
    const run = await ended(server.client, id, 280);
    killed.onEvent = () => {};
    const told = `${reached.join(', ')}\n${JSON.stringify(run.attempts)}\n${killed.errors}`;
    expect(run.status, told).toBe('finished');
    expect(reached, told).toEqual(POINTS.map(([name]) => name));
    expect(await historyOf(server.client, id), told).toEqual(references[i]);
  },
  300_000,
);
