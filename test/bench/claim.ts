import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ended, submit } from '../faults/history.ts';
import { makeImages } from '../faults/images.ts';
import { ServerProcess, WorkerProcess } from '../faults/processes.ts';
import { until } from '../support/until.ts';
import { type BenchOptions, median } from './bench.ts';

// From a run's registration to its first training step, by an idle worker on the same machine: server and worker are real
// processes, the net is the published one, the images are few and small. Each round registers a new run.

const ROUNDS = 7;

export async function bench({ report }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  let server: ServerProcess | null = null;
  let worker: WorkerProcess | null = null;
  try {
    await makeImages(join(folder, 'images'), { train: 16, test: 2 }, 180);
    server = await ServerProcess.start(join(folder, 'server'));
    worker = new WorkerProcess(join(folder, 'worker'), server.address, { checkpointSeconds: 5 });
    const config = {
      data: { path: join(folder, 'images'), image_size: [180, 180], batch_size: 8 },
      model: 'convnet',
      checkpoint: { monitor: 'loss' },
      epochs: 1,
    };
    const claimed: number[] = [];
    const stepped: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const idle = worker;
      const ready = round;
      await until('the worker to be idle', () => idle.of('idle').length > ready || idle.dead());
      await until('a trainer to stand ready', () => idle.of('ready').length > ready || idle.dead());
      const times = { claimed: 0, step: 0 };
      idle.onEvent = (event) => {
        if (event.type === 'claimed') times.claimed ||= performance.now();
        if (event.type === 'progress' && event.progress.step >= 1) times.step ||= performance.now();
      };
      const started = performance.now();
      const id = await submit(server.client, config);
      await until('the first step', () => times.step > 0 || idle.dead());
      claimed.push(times.claimed - started);
      stepped.push(times.step - started);
      await ended(server.client, id);
    }
    const figure = (metric: string, values: number[]) =>
      report({ bench: 'claim', metric, value: Math.round(median(values)), unit: 'ms', rounds: ROUNDS });
    figure('register_to_first_step_ms', stepped);
    figure('register_to_claim_ms', claimed);
  } finally {
    await worker?.kill();
    await server?.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
