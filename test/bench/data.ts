import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { lossOf } from '@tidemark/training/config/loss';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { PRESETS } from '@tidemark/training/presets/index';
import { Feed } from '@tidemark/worker/data/feed';
import type { SetSpec } from '@tidemark/worker/data/feed-messages';
import { openPack } from '@tidemark/worker/data/pack';
import type { Listed } from '@tidemark/worker/data/scan';
import type { Batch, Session } from '@tidemark/worker/engine/engine';
import { openEngine } from '@tidemark/worker/engine/index';
import sharp from 'sharp';
import { type BenchOptions, median } from './bench.ts';
import { PUBLISHED } from './train/published.ts';

// The published run's steps, fed by the pipeline (augmentation and all) and by one batch that lies ready in memory, in turns: how
// long the step waits for data, and how much the threads that make it slow the step down.

const SIZE = 180;
const BATCH = 32;
const STEPS = 6;
const ROUNDS = 9;
const SECONDS = 50;
const IMAGES = 64;

async function madeUp(folder: string): Promise<Listed[]> {
  const images: Listed[] = [];
  for (let n = 0; n < IMAGES; n++) {
    const file = join(folder, `${n}.png`);
    const raw = { width: SIZE, height: SIZE, channels: 3 as const };
    const pixels = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => Math.imul(i + n, 0x9e3779b9) >>> 24);
    await sharp(pixels, { raw }).png({ compressionLevel: 0 }).toFile(file);
    images.push({ name: `${n}.png`, label: n % 2, file });
  }
  return images;
}

async function specOf(folder: string): Promise<SetSpec> {
  const images = await madeUp(folder);
  const shape = { rows: SIZE, columns: SIZE, channels: 3 as const };
  const pack = await openPack(images, shape, { cache: join(folder, 'cache'), now: Date.now() });
  // An epoch that no round comes to the end of: each image many times, as if they were others.
  const places = Uint32Array.from({ length: BATCH * STEPS * 40 }, (_, i) => i % IMAGES);
  return {
    pack: pack.file,
    shape,
    places,
    labels: Float32Array.from(places, (place) => place % 2),
    outputs: 1,
    weights: null,
    batchSize: BATCH,
    shuffle: true,
    seed: 1,
    rescale: 1 / 255,
    augmentation: PUBLISHED,
    purpose: 'augmentation',
  };
}

const open = async (): Promise<Session> =>
  (await openEngine('onnx')).compile({
    layers: PRESETS.convnet(),
    input: [SIZE, SIZE, 3],
    batchSize: BATCH,
    loss: lossOf('binary_crossentropy'),
    optimizer: OptimizerConfig.parse({ name: 'RMSprop' }),
    seed: 1,
    device: 'cpu',
  });

/** The wall time of `STEPS` steps, and what of it was spent waiting, in ms. */
async function fed(session: Session, feed: Feed, epoch: number): Promise<{ wall: number; waited: number }> {
  const batches = feed.batches('train', epoch);
  // As in an epoch: the first batch of a stream is not ready yet, and is a hundredth of one.
  const first = (await batches.next()).value as Batch; // the epoch is longer
  await session.step(first, { learningRate: 1e-3 });
  feed.takeWaited();
  const started = performance.now();
  for (let i = 0; i < STEPS; i++) {
    const batch = (await batches.next()).value as Batch;
    await session.step(batch, { learningRate: 1e-3 });
  }
  const wall = performance.now() - started;
  const waited = feed.takeWaited();
  await batches.return();
  return { wall, waited };
}

async function unfed(session: Session, batch: Batch): Promise<number> {
  await session.step(batch, { learningRate: 1e-3 });
  const started = performance.now();
  for (let i = 0; i < STEPS; i++) await session.step(batch, { learningRate: 1e-3 });
  return performance.now() - started;
}

/** Images a second that the feed makes when nothing trains. */
async function alone(feed: Feed): Promise<number> {
  let images = 0;
  const started = performance.now();
  for await (const { count } of feed.batches('train', 1000)) {
    images += count;
    if (performance.now() - started > 1500) break;
  }
  return (images / (performance.now() - started)) * 1000;
}

export async function bench({ report }: BenchOptions): Promise<void> {
  const begin = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  const feed = new Feed();
  try {
    const { length } = cpus();
    console.error(
      `${cpus()[0]?.model}, ${length} cores, load ${loadavg()[0]!.toFixed(1)}; ${SIZE}×${SIZE}×3, batch ${BATCH}`,
    );
    feed.define('train', await specOf(folder));
    const session = await open();
    const images = Float32Array.from(
      { length: BATCH * SIZE * SIZE * 3 },
      (_, i) => (Math.imul(i, 0x9e3779b9) >>> 24) / 255,
    );
    const ready: Batch = { images, labels: Float32Array.from({ length: BATCH }, (_, i) => i % 2), count: BATCH };
    const rate = await alone(feed);
    await unfed(session, ready);
    const [with_, without, shares]: [number[], number[], number[]] = [[], [], []];
    let rounds = 0;
    while (rounds < ROUNDS && (rounds < 3 || performance.now() - begin < SECONDS * 1000)) {
      const { wall, waited } = await fed(session, feed, rounds);
      with_.push(wall / STEPS / BATCH);
      shares.push((waited / wall) * 100);
      without.push((await unfed(session, ready)) / STEPS / BATCH);
      rounds++;
      console.error(
        `round ${rounds}, ms per image and step: fed ${with_.at(-1)!.toFixed(2)} (waiting ${shares.at(-1)!.toFixed(2)} %), from memory ${without.at(-1)!.toFixed(2)}`,
      );
    }
    await session.dispose();
    const value = (values: readonly number[]) => Number(median(values).toFixed(3));
    report({
      bench: 'data',
      metric: 'fed_step_ms_per_image',
      value: value(with_),
      unit: 'ms',
      rounds,
      peer: 'one batch ready in memory',
      peerValue: value(without),
    });
    const ratios = with_.map((fedMs, i) => (fedMs / without[i]! - 1) * 100);
    report({ bench: 'data', metric: 'slowdown_percent', value: value(ratios), unit: '%', rounds });
    report({ bench: 'data', metric: 'data_wait_percent', value: value(shares), unit: '%', rounds });
    report({ bench: 'data', metric: 'feed_images_per_second', value: Math.round(rate), unit: 'images/s', rounds: 1 });
  } finally {
    await feed.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
