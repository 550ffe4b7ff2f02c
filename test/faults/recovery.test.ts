import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRun } from '@tidemark/api/contract/runs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { ended, historyOf, submit } from './history.ts';
import { makeImages } from './images.ts';
import { ServerProcess, WorkerProcess } from './processes.ts';

// Real processes, killed for real. A run that was killed anywhere must end as one that never was: every step in the history
// exactly once with the same values, and the same bytes of weights, model and report.

const EPOCHS = 25;
const config = (images: string) => ({
  data: { path: images, test: 'test', image_size: [24, 24], batch_size: 8, validation_split: 0.25 },
  augmentation: { rotation_range: 20, horizontal_flip: true },
  model: {
    layers: [
      { type: 'Conv2D', filters: 8, kernel_size: 3, activation: 'relu' },
      { type: 'MaxPooling2D' },
      { type: 'Flatten' },
      { type: 'Dropout', rate: 0.3 },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
  },
  // Everything that remembers something from step to step or from epoch to epoch.
  optimizer: {
    name: 'Adam',
    learning_rate: {
      schedule: 'reduce_on_plateau',
      initial_learning_rate: 3e-3,
      patience: 2,
      factor: 0.7,
      min_delta: 0.05,
    },
    use_ema: true,
    ema_momentum: 0.9,
    gradient_accumulation_steps: 2,
  },
  class_weight: { along: 1.5 },
  metrics: ['auc', 'f1'],
  early_stopping: { patience: 40 },
  epochs: EPOCHS,
  seed: 5,
});
const STEPS = 9 * EPOCHS; // 2 × 48 images, a quarter held out: 72 in batches of 8

let folder = '';
let server: ServerProcess;
let reference: Awaited<ReturnType<typeof historyOf>>;
const workers: WorkerProcess[] = [];

function work(dataDir: string, options: Record<string, unknown> = {}): WorkerProcess {
  const worker = new WorkerProcess(join(folder, dataDir), server.address, options);
  workers.push(worker);
  return worker;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-faults-'));
  await makeImages(join(folder, 'images'), { train: 48, test: 12 });
  server = await ServerProcess.start(join(folder, 'server'));
  const id = await submit(server.client, config(join(folder, 'images')));
  const worker = work('reference', { once: true });
  // With `once` it ends by itself when the queue is empty.
  expect(await worker.exited, worker.errors).toBe(0);
  reference = await historyOf(server.client, id);
});

afterAll(async () => {
  for (const worker of workers) if (worker.alive) await worker.kill();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('an undisturbed run shows every step once', () => {
  expect(reference.status).toBe('finished');
  const steps = reference.points.find(({ key }) => key === 'batch/loss')!;
  expect(steps.points.map(([step]) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  expect(reference.points.map(({ key, points }) => [key, points.length])).toContainEqual(['val_loss', EPOCHS]);
  const rates = reference.points.find(({ key }) => key === 'learning_rate')!.points.map(([, rate]) => rate);
  expect(new Set(rates).size, 'the plateau lowered the rate').toBeGreaterThan(2);
  expect(reference.points.map(({ key }) => key)).toEqual(expect.arrayContaining(['val_auc', 'f1/along']));
  expect(reference.files.map(([path]) => path)).toEqual(
    expect.arrayContaining(['model/best.onnx', 'samples/augmented.json', 'samples/augmented.png', 'test/report.json']),
  );
});

/** Mulberry32: enough to choose victims, and the seed says it all. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function killTrainer(worker: WorkerProcess): void {
  const pid = worker.trainer;
  if (pid === null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself just now.
  }
}

describe('kill -9 of trainer, supervisor and server', () => {
  const base = Number(process.env.TIDEMARK_FAULT_SEED ?? Date.now() % 1e6);
  test.each([base, base + 1])('in any combination at any moment, seed %i', async (seed) => {
    const rng = random(seed);
    const name = `worker-${seed}`;
    let worker = work(name);
    await worker.ready();
    const id = await submit(server.client, config(join(folder, 'images')));
    const story: string[] = [];
    const isOver = async () => (await server.client.call(getRun, { params: { id } })).endedAt !== null;
    for (let round = 0; round < 6 && !(await isOver()); round++) {
      // A moment: so many steps on, or the next time it claims, checkpoints or ends an epoch.
      const kind = (['progress', 'progress', 'claimed', 'checkpoint', 'epoch'] as const)[Math.floor(rng() * 5)]!;
      const more = kind === 'progress' ? Math.floor(rng() * 40) : 1 + Math.floor(rng() * 2);
      const count = () => worker.of(kind).length;
      const from = kind === 'claimed' && count() === 1 && worker.step === 0 ? 0 : count();
      await until(`${more} more ${kind}`, async () => count() >= from + more || worker.of('ended').length > 0, 40);
      const victims = ['trainer', 'supervisor', 'server'].filter(() => rng() < 0.5);
      if (victims.length === 0) victims.push('trainer');
      story.push(`${kind}+${more} at step ${worker.step}: ${victims.join(' and ')}`);
      if (victims.includes('server')) await server.kill();
      if (victims.includes('trainer')) killTrainer(worker);
      if (victims.includes('supervisor')) await worker.kill();
      if (victims.includes('server')) await server.restart();
      if (victims.includes('supervisor')) {
        worker = work(name);
        await worker.ready();
      }
    }
    const run = await ended(server.client, id);
    if (process.env.TIDEMARK_FAULT_SEED) console.log(story.join('\n'));
    const told = `seed ${seed}\n${story.join('\n')}\n${JSON.stringify(run.attempts)}\n${worker.errors}`;
    expect(run.status, told).toBe('finished');
    expect(await historyOf(server.client, id), told).toEqual(reference);
    await worker.kill();
  });
});

test('SIGTERM hands the run over to another worker, which ends it with the same bytes', async () => {
  const both = [work('first'), work('second')];
  for (const worker of both) await worker.ready();
  const id = await submit(server.client, config(join(folder, 'images')));
  const first = await until('some steps', () => both.find((worker) => worker.step > 20));
  const second = both.find((worker) => worker !== first)!;
  expect(await first.kill('SIGTERM')).toBe(0);
  expect(first.of('ended').at(-1)?.outcome).toBe('released');
  await until('the other to claim', () => second.of('claimed').length > 0 || second.dead());
  expect(second.of('claimed')[0]!.resumeStep).toBeGreaterThan(20);
  const run = await ended(server.client, id);
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['released', 'finished']);
  expect(await historyOf(server.client, id)).toEqual(reference);
  await second.kill();
});

test('a worker that slept past its lease finds the run taken, and sends nothing more of it', async () => {
  const sleeper = work('sleeper');
  await sleeper.ready();
  const id = await submit(server.client, config(join(folder, 'images')));
  await until('some steps', () => sleeper.step > 20 || sleeper.dead());
  sleeper.child.kill('SIGSTOP');
  await server.jump();
  const other = work('other');
  await until('the other to claim', () => other.of('claimed').length > 0 || other.dead());
  sleeper.child.kill('SIGCONT');
  await until('the sleeper to notice', () => sleeper.of('ended').length > 0 || sleeper.dead());
  expect(sleeper.of('ended')[0]!.outcome).toBe('stale');
  const run = await ended(server.client, id);
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'finished']);
  expect(await historyOf(server.client, id)).toEqual(reference);
  const kept = readdirSync(join(folder, 'sleeper', 'worker', 'attempts', `${id}.1`));
  expect(kept).toContain('spool.stale');
  // Started again, it does not touch what was set aside.
  await sleeper.kill();
  const again = work('sleeper');
  await again.ready();
  expect(again.of('recovering')).toEqual([]);
  for (const worker of [again, other]) await worker.kill();
});

test('a trainer whose supervisor is killed ends by itself', async () => {
  const worker = work('orphans');
  await worker.ready();
  const id = await submit(server.client, config(join(folder, 'images')));
  await until('some steps', () => worker.step > 5 || worker.dead());
  const pid = worker.trainer!;
  await worker.kill();
  await until('the trainer to end', () => !isAlive(pid), 10);
  const next = work('orphans');
  expect((await ended(server.client, id)).status).toBe('finished');
  expect(await historyOf(server.client, id)).toEqual(reference);
  await next.kill();
});

function isAlive(pid: number): boolean {
  try {
    // A zombie is dead: its parent, the killed supervisor's parent, has not asked yet.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
