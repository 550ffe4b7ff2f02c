import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { putBlob } from '@tidemark/api/contract/artifacts';
import { commitDataset, createDataset } from '@tidemark/api/contract/datasets';
import { cancelRun, getRun, runLines } from '@tidemark/api/contract/runs';
import { drainWorker, listWorkers } from '@tidemark/api/contract/workers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { ended, submit } from './history.ts';
import { makeImages } from './images.ts';
import { ServerProcess, WorkerProcess } from './processes.ts';

// A worker's life beside its deaths: cancelled, drained by the server, hung, refused, fed from a dataset. Real processes.

let folder = '';
let server: ServerProcess;
let worker: WorkerProcess;

const model = { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1, activation: 'sigmoid' }] };
const config = (data: Record<string, unknown>, epochs: number) => ({
  data: { image_size: [12, 12], batch_size: 2, validation_split: 0.25, ...data },
  model,
  epochs,
});
const long = () => config({ path: join(folder, 'images') }, 20_000);
const begun = (id: string) =>
  until(
    'the run to train',
    () => worker.of('progress').some(({ run, progress }) => run.run === id && progress.step > 10) || worker.dead(),
  );

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-life-'));
  await makeImages(join(folder, 'images'), { train: 12, test: 4 }, 12);
  server = await ServerProcess.start(join(folder, 'server'));
  // A trainer that is not started ahead loads its modules first (2.5 s on two busy cores): that is no hang.
  worker = new WorkerProcess(join(folder, 'worker'), server.address, { progressTimeoutSeconds: 12, name: 'alpha' });
  await worker.ready();
});
afterAll(async () => {
  if (worker?.alive) await worker.kill();
  await server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

test('a cancelled run stops within seconds, though nobody watches it', async () => {
  const id = await submit(server.client, long());
  await begun(id);
  await server.client.call(cancelRun, { params: { id } });
  const run = await ended(server.client, id, 15);
  expect(run.status).toBe('cancelled');
  const own = join(folder, 'worker', 'worker');
  await until('nothing to be left', () => !existsSync(join(own, 'checkpoints', id)));
  expect(readdirSync(join(own, 'attempts'))).toEqual([]);
});

test('a trainer that hangs is ended, and the run goes on from its checkpoint', async () => {
  const id = await submit(server.client, long());
  await begun(id);
  const first = worker.trainer!;
  process.kill(first, 'SIGSTOP');
  await until('another trainer', () => worker.trainer !== first || worker.dead(), 40);
  const claimed = worker.of('claimed').at(-1)!;
  expect(claimed.run.run).toBe(id);
  expect(claimed.resumeStep).toBeGreaterThan(0);
  const { lines } = await server.client.call(runLines, { params: { id } });
  expect(lines.some(({ level, text }) => level === 'error' && text.includes('hangs'))).toBe(true);
  await server.client.call(cancelRun, { params: { id } });
  expect((await ended(server.client, id)).attempts[0]!.outcome).toBe('released');
});

test('a worker that the server drains gives its run back, and takes it again when it may', async () => {
  const id = await submit(server.client, long());
  await begun(id);
  const { workers } = await server.client.call(listWorkers);
  const self = workers.find(({ name }) => name === 'alpha')!;
  await server.client.call(drainWorker, { params: { id: self.id }, body: { drain: true } });
  const given = await until('the run to be queued', async () => {
    const run = await server.client.call(getRun, { params: { id } });
    return run.status === 'queued' ? run : null;
  });
  expect(given.attempts.map(({ outcome }) => outcome)).toEqual(['released']);
  expect(given.checkpoints.length).toBeGreaterThan(0);
  await server.client.call(drainWorker, { params: { id: self.id }, body: { drain: false } });
  await until('the second attempt', () => worker.of('claimed').at(-1)?.run.attempt === 2 || worker.dead());
  await server.client.call(cancelRun, { params: { id } });
  await ended(server.client, id);
});

test('a run whose trainer dies three times without a checkpoint fails, and says how', async () => {
  worker.onEvent = (event) => {
    if (event.type === 'claimed' && event.trainer !== null) process.kill(event.trainer, 'SIGKILL');
  };
  const id = await submit(server.client, long());
  const run = await ended(server.client, id);
  worker.onEvent = () => {};
  expect(run.status).toBe('failed');
  expect(run.error).toMatchObject({ code: 'trainer_died' });
  expect(run.error!.message).toContain('SIGKILL');
  expect(run.attempts.map(({ outcome }) => outcome)).toEqual(['released', 'released', 'failed']);
});

test('a run that cannot train fails with a sentence, without a stack', async () => {
  const id = await submit(server.client, config({ path: join(folder, 'nowhere') }, 1));
  const run = await ended(server.client, id);
  expect(run.status).toBe('failed');
  expect(run.error).toMatchObject({ code: 'data_missing' });
  expect(run.error!.message).toContain(join(folder, 'nowhere'));
  expect(run.error!.message).not.toMatch(/\n\s+at /);
});

test('a dataset is fetched once, by digest', async () => {
  const { client } = server;
  const root = join(folder, 'images');
  const names = readdirSync(join(root, 'train'), { recursive: true, encoding: 'utf8' });
  const rows = names
    .filter((name) => name.endsWith('.png'))
    .map((name) => `${name},${name.startsWith('along') ? 1 : -1}`);
  writeFileSync(join(root, 'train', 'labels.csv'), `filename,angle\n${rows.join('\n')}\n`);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => {
      const bytes = readFileSync(file);
      const digest = createHash('sha256').update(bytes).digest('hex');
      return { path: relative(root, file).replaceAll('\\', '/'), digest, size: bytes.length, bytes };
    });
  const manifest = files.map(({ path, digest, size }) => ({ path, digest, size }));
  const { missing } = await client.call(createDataset, { body: { name: 'stripes', files: manifest } });
  for (const { digest, bytes } of files) {
    if (missing.includes(digest)) await client.call(putBlob, { params: { digest }, body: bytes });
  }
  await client.call(commitDataset, { params: { ref: 'stripes@1' } });

  const once = await submit(client, config({ dataset: 'stripes', test: 'test' }, 2));
  const first = await ended(client, once);
  expect(first.status, JSON.stringify(first.error)).toBe('finished');
  expect(first.metrics['test/accuracy']).toBeDefined();
  const fetched = (id: string) =>
    worker.of('line').filter(({ run, text }) => run.run === id && text.startsWith('Fetching dataset'));
  expect(fetched(once).at(-1)!.text).toBe(`Fetching dataset stripes@1: ${files.length} of ${files.length} files`);
  const again = await submit(client, config({ dataset: 'stripes@1' }, 1));
  expect((await ended(client, again)).status).toBe('finished');
  expect(fetched(again)).toEqual([]);

  // Its labels file is one of its files.
  const head = { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1 }] };
  const numbers = { ...config({ dataset: 'stripes', class_mode: 'regression' }, 1), model: head, loss: 'huber' };
  const third = await ended(client, await submit(client, numbers));
  expect(third.status, JSON.stringify(third.error)).toBe('finished');
  expect(third.metrics.val_mae).toBeDefined();
});

test('a worker whose token is refused ends, and says why', async () => {
  const { url } = server.address;
  const stranger = new WorkerProcess(join(folder, 'stranger'), { url, token: `tdm${'0'.repeat(37)}` });
  expect(await stranger.exited).not.toBe(0);
  expect(stranger.errors).toContain('token');
});
