import { isIdentity, type SampleImage, sample } from '@tidemark/training/augment/index';
import type { RunConfig } from '@tidemark/training/config';
import { epochOrder } from '@tidemark/training/split';
import type { GallerySamples } from '@tidemark/training/test-report';
import sharp, { type OverlayOptions } from 'sharp';
import { imageBytes, PackReader } from '../data/pack.ts';
import type { Images } from './images.ts';
import type { ArtifactStore } from './run.ts';

const [ROWS, COLUMNS, GAP] = [2, 4, 4];

/**
 * Stores the 2×4 grid of what training sees: one image drawn anew in each cell, like the published figure, mixed where the config
 * says so with another image each time; without augmentation, the first eight images of the first epoch.
 */
export async function storeGallery(config: RunConfig, images: Images, store: ArtifactStore): Promise<void> {
  const { train, shape } = images;
  const { rows, columns, channels } = shape;
  const { augmentation, seed } = config;
  const order = epochOrder(train.images.length, seed, 0, config.data.shuffle);
  const plain = isIdentity(augmentation) && !augmentation.mixup && !augmentation.cutmix;
  const reader = new PackReader({ file: train.spec.pack, shape });
  const read = (at: number): SampleImage => {
    const index = order[at % order.length]!;
    const pixels = new Uint8Array(imageBytes(shape));
    reader.read(train.spec.places[index]!, pixels);
    return { pixels, name: train.images[index]!.name };
  };
  const canvas = { width: COLUMNS * (columns + GAP) - GAP, height: ROWS * (rows + GAP) - GAP };
  const cells: OverlayOptions[] = [];
  const samples: GallerySamples['samples'] = [];
  try {
    for (let cell = 0; cell < ROWS * COLUMNS; cell++) {
      const image = read(plain ? cell : 0);
      const shown = plain
        ? { pixels: image.pixels, draws: null, words: 'unchanged' }
        : sample(image, read(cell + 1), shape, augmentation, seed, cell);
      cells.push({
        input: Buffer.from(Uint8ClampedArray.from(shown.pixels).buffer),
        raw: { width: columns, height: rows, channels },
        left: (cell % COLUMNS) * (columns + GAP),
        top: Math.floor(cell / COLUMNS) * (rows + GAP),
      });
      samples.push({ file: image.name, draws: shown.draws && { ...shown.draws }, words: shown.words });
    }
  } finally {
    reader.close();
  }
  const png = await sharp({ create: { ...canvas, channels: 4, background: '#0000' } })
    .composite(cells)
    .png()
    .toBuffer();
  store('samples/augmented.png', png, 'image/png');
  const list: GallerySamples = {
    kind: plain ? 'plain' : 'augmented',
    rows: ROWS,
    columns: COLUMNS,
    counts: countsOf(config.data.class_mode, images),
    samples,
  };
  store('samples/augmented.json', Buffer.from(`${JSON.stringify(list, null, 1)}\n`), 'application/json');
}

function countsOf(
  mode: RunConfig['data']['class_mode'],
  { classes, train, validation }: Images,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [set, listed] of Object.entries({ train: train.images, validation: validation?.images ?? [] })) {
    // Of several labels an image counts for each it has; of a regression's targets, for none.
    for (const { label, vector } of listed) {
      const of = vector ? classes.filter((_, c) => mode === 'multi_label' && vector[c] === 1) : [classes[label]];
      for (const name of of) counts[`${set}/${name}`] = (counts[`${set}/${name}`] ?? 0) + 1;
    }
  }
  return counts;
}
