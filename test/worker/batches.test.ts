import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { drawMix } from '@tidemark/training/augment/mix';
import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import { epochOrder } from '@tidemark/training/split';
import { BatchMaker } from '@tidemark/worker/data/batches';
import { Feed } from '@tidemark/worker/data/feed';
import type { SetSpec } from '@tidemark/worker/data/feed-messages';
import { openPack, PackReader } from '@tidemark/worker/data/pack';
import type { Listed } from '@tidemark/worker/data/scan';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pixelsOf, writePng, writeText } from './images.ts';

const SIZE = 8;
const shape = { rows: SIZE, columns: SIZE, channels: 3 as const };
let folder = '';
let images: Listed[] = [];
const cache = () => join(folder, 'cache');
const open = (list = images, progress?: (done: number, total: number) => void) =>
  openPack(list, shape, { cache: cache(), now: 1e12, ...(progress ? { progress } : {}) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-batches-'));
  images = [];
  for (let n = 0; n < 21; n++) {
    const file = join(folder, `${n}.png`);
    await writePng(file, SIZE, SIZE, n);
    images.push({ name: `${n}.png`, label: n % 3, file });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('openPack', () => {
  test('decodes once, then reads; a changed picture makes another file', async () => {
    let decoded = 0;
    const count = () => decoded++;
    const first = await open(images, count);
    expect(decoded).toBe(21);
    const second = await open(images, count);
    expect(decoded).toBe(21);
    expect(second).toEqual(first);
    const reader = new PackReader(first);
    const pixels = Buffer.alloc(SIZE * SIZE * 3);
    reader.read(17, pixels);
    reader.close();
    expect(pixels).toEqual(pixelsOf(SIZE, SIZE, 17));
    const other = join(folder, 'other.png');
    await writePng(other, SIZE, SIZE, 99);
    const changed = images.map((image, i) => (i === 4 ? { ...image, file: other } : image));
    expect((await open(changed)).key).not.toBe(first.key);
  });

  test('makes a damaged file again', async () => {
    const { file } = await open();
    const before = readFileSync(file);
    const damaged = Buffer.from(before);
    damaged[500]! ^= 1;
    writeFileSync(file, damaged);
    expect(readFileSync((await open()).file).equals(before)).toBe(true);
    appendFileSync(file, 'x');
    expect(readFileSync((await open()).file).equals(before)).toBe(true);
    expect(readdirSync(cache()).filter((name) => name.endsWith('.next'))).toEqual([]);
  });

  test('drops files of other pictures that nobody opened for a month', async () => {
    const { file } = await open();
    const old = { cache: cache(), now: 1e12 + 31 * 86_400_000 };
    utimesSync(file, 1e9, 1e9);
    await openPack(images.slice(3), shape, old);
    expect(readdirSync(cache()).includes(basename(file))).toBe(false);
    await open();
  });

  test('tells which pictures cannot be read, also from the cache', async () => {
    const broken = join(folder, 'broken.png');
    writeText(broken);
    const list = [...images.slice(0, 2), { name: 'broken.png', label: 0, file: broken }];
    const first = await open(list);
    expect(first.bad.map((reason) => reason === null)).toEqual([true, true, false]);
    expect((await open(list)).bad).toEqual(first.bad);
    const gone = await open([...images.slice(0, 1), { name: 'gone.png', label: 0, file: join(folder, 'gone.png') }]);
    expect(gone.bad[1]).toMatch(/ENOENT/);
  });
});

async function specOf(part: Partial<SetSpec> = {}): Promise<SetSpec> {
  const pack = await open();
  const places = Uint32Array.from(images.keys()).filter((place) => place !== 5);
  return {
    pack: pack.file,
    shape,
    places,
    labels: Float32Array.from([...places].flatMap((place) => [0, 1, 2].map((c) => Number(c === images[place]!.label)))),
    outputs: 3,
    weights: null,
    batchSize: 6,
    shuffle: true,
    seed: 7,
    rescale: 1 / 255,
    augmentation: AugmentationConfig.parse({
      rotation_range: 40,
      zoom_range: 0.2,
      horizontal_flip: true,
      trivial_augment: true,
      random_erasing: { value: 'random' },
      mixup: {},
      cutmix: {},
    }),
    purpose: 'augmentation',
    ...part,
  };
}

type Made = { count: number; images: number[]; labels: number[] };
function make(spec: SetSpec, epoch: number, batch: number): Made {
  const maker = new BatchMaker(spec);
  const [pixels, labels] = [new Float32Array(6 * SIZE * SIZE * 3), new Float32Array(6 * 3)];
  const count = maker.fill(epoch, batch, pixels, labels);
  maker.close();
  return {
    count,
    images: [...pixels.subarray(0, count * SIZE * SIZE * 3)],
    labels: [...labels.subarray(0, count * 3)],
  };
}

describe('BatchMaker', () => {
  test('an epoch visits every picture once, the last batch short', async () => {
    const spec = await specOf({ augmentation: null });
    const batches = [0, 1, 2, 3].map((batch) => make(spec, 0, batch));
    expect(batches.map(({ count }) => count)).toEqual([6, 6, 6, 2]);
    const seen = batches.flatMap(({ images: all, count }) =>
      Array.from({ length: count }, (_, i) => all.slice(i * SIZE * SIZE * 3, (i + 1) * SIZE * SIZE * 3).join()),
    );
    const expected = [...spec.places].map((place) =>
      [...pixelsOf(SIZE, SIZE, place)].map((value) => Math.fround(value * Math.fround(1 / 255))).join(),
    );
    expect(seen).not.toEqual(expected);
    expect(seen.sort()).toEqual(expected.sort());
  });

  test('labels are vectors: one-hot, one number, or any other', async () => {
    const ordered = await specOf({ shuffle: false, augmentation: null });
    expect(make(ordered, 0, 0).labels).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0]);
    const labels = Float32Array.from(ordered.places, (place) => place / 4);
    const weights = Float32Array.from(ordered.places, (place) => place + 1);
    const maker = new BatchMaker({ ...ordered, labels, outputs: 1, weights });
    const [out, weight] = [new Float32Array(6), new Float32Array(6)];
    maker.fill(0, 0, new Float32Array(6 * SIZE * SIZE * 3), out, weight);
    maker.close();
    expect([...out]).toEqual([0, 0.25, 0.5, 0.75, 1, 1.5]);
    expect([...weight]).toEqual([1, 2, 3, 4, 5, 7]);
  });

  test('mixing: soft labels of the image and the one before it in the batch; none for validation', async () => {
    const augmentation = AugmentationConfig.parse({ mixup: { alpha: 1 } });
    const spec = await specOf({ augmentation });
    const plain = make(await specOf({ augmentation: null }), 1, 3);
    const mixed = make(spec, 1, 3);
    expect(mixed.count).toBe(2);
    const size = SIZE * SIZE * 3;
    const order = epochOrder(20, 7, 1, true);
    for (const row of [0, 1]) {
      const { share } = drawMix(augmentation, [SIZE, SIZE], 7, 1, spec.places[order[18 + row]!]!)!;
      const wanted = Array.from({ length: size }, (_, i) =>
        Math.fround(plain.images[row * size + i]! * share + plain.images[(1 - row) * size + i]! * (1 - share)),
      );
      expect(mixed.images.slice(row * size, (row + 1) * size)).toEqual(wanted);
      const labels = mixed.labels.slice(row * 3, (row + 1) * 3);
      expect(labels.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      expect(labels).toEqual(
        [0, 1, 2].map((i) =>
          Math.fround(plain.labels[row * 3 + i]! * share + plain.labels[(1 - row) * 3 + i]! * (1 - share)),
        ),
      );
    }
    expect(make({ ...spec, purpose: 'augmentValidation' }, 1, 3)).toEqual(plain);
  });

  test('a batch is a function of seed, epoch and number, whatever was made before it', async () => {
    const spec = await specOf();
    const maker = new BatchMaker(spec);
    const [pixels, labels] = [new Float32Array(6 * SIZE * SIZE * 3), new Float32Array(18)];
    for (const [epoch, batch] of [
      [2, 0],
      [0, 3],
      [2, 1],
      [1, 2],
      [2, 2],
    ] as const) {
      const count = maker.fill(epoch, batch, pixels, labels);
      expect([...pixels.subarray(0, count * SIZE * SIZE * 3)]).toEqual(make(spec, epoch, batch).images);
    }
    maker.close();
    expect(make(spec, 2, 1).images).not.toEqual(make(spec, 3, 1).images);
    expect(make({ ...spec, seed: 8 }, 2, 1).images).not.toEqual(make(spec, 2, 1).images);
  });
});

describe('Feed', () => {
  const copy = async (feed: Feed, epoch: number, from = 0, stopAfter = 99): Promise<Made[]> => {
    const all: Made[] = [];
    for await (const { count, images: pixels, labels } of feed.batches('train', epoch, from)) {
      all.push({
        count,
        images: [...pixels.subarray(0, count * SIZE * SIZE * 3)],
        labels: [...labels.subarray(0, count * 3)],
      });
      if (all.length === stopAfter) break;
    }
    return all;
  };

  test('gives what the maker makes, from any batch on, also after a stream that was left', async () => {
    const spec = await specOf();
    const feed = new Feed();
    feed.define('train', spec);
    const whole = [0, 1, 2, 3].map((batch) => make(spec, 1, batch));
    expect(await copy(feed, 1)).toEqual(whole);
    expect(await copy(feed, 0, 0, 1)).toEqual([make(spec, 0, 0)]);
    expect(await copy(feed, 1, 2)).toEqual(whole.slice(2));
    expect(await copy(feed, 1, 4)).toEqual([]);
    for (let i = 0; i < 5; i++) await copy(feed, i, 0, 2);
    expect(await copy(feed, 1)).toEqual(whole);
    await feed.close();
  });

  test('three threads make the same batches as one, in order, also after streams that were left', async () => {
    const spec = await specOf({ batchSize: 2 });
    const [one, three] = [new Feed(1), new Feed(3)];
    for (const feed of [one, three]) feed.define('train', spec);
    for (let epoch = 0; epoch < 6; epoch++) {
      const left = await copy(three, epoch, epoch, 2);
      const whole = await copy(three, epoch);
      expect(whole).toHaveLength(10);
      expect(left).toEqual(whole.slice(epoch, epoch + 2));
      expect(whole).toEqual(await copy(one, epoch));
    }
    await Promise.all([one.close(), three.close()]);
  });

  test('a larger set gets a larger ring', async () => {
    const spec = await specOf({ batchSize: 2 });
    const feed = new Feed();
    feed.define('train', spec);
    await copy(feed, 0, 0, 1);
    const large = await specOf();
    feed.define('train', large);
    expect(await copy(feed, 0)).toEqual([0, 1, 2, 3].map((batch) => make(large, 0, batch)));
    await feed.close();
  });

  test('waiting is counted: the first batch of a stream is always waited for', async () => {
    const feed = new Feed();
    feed.define('train', await specOf());
    await copy(feed, 0, 0, 1);
    expect(feed.takeWaited()).toBeGreaterThan(0);
    expect(feed.takeWaited()).toBe(0);
    await feed.close();
  });

  test('weights come with the images, where there are any', async () => {
    const spec = await specOf({ shuffle: false, augmentation: null });
    const feed = new Feed();
    feed.define('train', { ...spec, weights: Float32Array.from(spec.places, (place) => place + 1) });
    const all: number[] = [];
    for await (const { weights, count } of feed.batches('train', 0)) all.push(...weights!.subarray(0, count));
    expect(all).toEqual([...spec.places].map((place) => place + 1));
    feed.define('train', spec);
    for await (const batch of feed.batches('train', 0)) expect(batch.weights).toBeUndefined();
    await feed.close();
  });

  test('a set that cannot be read is an error, not a wait', async () => {
    const spec = await specOf();
    const feed = new Feed();
    feed.define('train', { ...spec, pack: join(folder, 'nowhere') });
    await expect(copy(feed, 0)).rejects.toThrow(/nowhere|ENOENT/);
    await feed.close();
  });
});
