import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchMaker } from '@tidemark/worker/data/batches';
import { decodeImage } from '@tidemark/worker/data/decode';
import { openPack } from '@tidemark/worker/data/pack';
import type { Listed } from '@tidemark/worker/data/scan';
import sharp from 'sharp';
import { type BenchOptions, median } from './bench.ts';

// Images a second: decoded and resized to 180×180 by one core, and read back from the pack as batches, as every epoch does.
// TIDEMARK_PHOTOS names a folder of JPEG files; without it, made-up ones of the same size are used.

const SHAPE = { rows: 180, columns: 180, channels: 3 as const };
const COUNT = 256;
const ROUNDS = 7;

export async function bench({ report }: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
  try {
    const images = await photographs(folder);
    const [only] = cpus();
    console.error(`${images.length} JPEG files on ${only?.model ?? 'an unknown CPU'}`);
    const bytes = images.map(({ file }) => readFileSync(file));

    const decoding: number[] = [];
    const reading: number[] = [];
    const pack = await openPack(images, SHAPE, { cache: join(folder, 'cache'), now: Date.now() });
    const maker = new BatchMaker({
      pack: pack.file,
      shape: SHAPE,
      places: Uint32Array.from(images.keys()),
      labels: new Float32Array(images.length),
      outputs: 1,
      weights: null,
      batchSize: 32,
      shuffle: true,
      seed: 1,
      rescale: 1 / 255,
      augmentation: null,
      purpose: 'augmentation',
    });
    const [pixels, labels] = [new Float32Array(32 * 180 * 180 * 3), new Float32Array(32)];
    for (let round = 0; round < ROUNDS; round++) {
      decoding.push(
        await perSecond(images.length, async () => {
          // One after the other: libvips is set to one thread, so this is one core.
          for (const file of bytes) await decodeImage(file, SHAPE);
        }),
      );
      reading.push(
        await perSecond(images.length, async () => {
          for (let batch = 0; batch * 32 < images.length; batch++) maker.fill(round, batch, pixels, labels);
        }),
      );
    }
    maker.close();
    report({
      bench: 'decode',
      metric: 'images_per_second_per_core',
      value: Math.round(median(decoding)),
      unit: 'images/s',
      rounds: ROUNDS,
    });
    report({
      bench: 'decode',
      metric: 'cached_images_per_second',
      value: Math.round(median(reading)),
      unit: 'images/s',
      rounds: ROUNDS,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perSecond(count: number, run: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await run();
  return (count / (performance.now() - started)) * 1000;
}

async function photographs(folder: string): Promise<Listed[]> {
  const given = process.env.TIDEMARK_PHOTOS;
  if (given && existsSync(given)) {
    const files = readdirSync(given, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.jpe?g$/i.test(file))
      .sort()
      .slice(0, COUNT);
    return files.map((name) => ({ name, label: 0, file: join(given, name) }));
  }
  const list: Listed[] = [];
  for (let n = 0; n < COUNT; n++) {
    const file = join(folder, `${n}.jpg`);
    // Noise that is smooth on the scale of a photograph's detail, so that the entropy coder has as much to do.
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 60 };
    await sharp({ create: { width: 320, height: 240, channels: 3, background: '#777', noise } })
      .blur(2)
      .jpeg({ quality: 88 })
      .toFile(file);
    list.push({ name: `${n}.jpg`, label: 0, file });
  }
  return list;
}
