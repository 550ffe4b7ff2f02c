import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { classWeights } from '@tidemark/training/callbacks/class-weights';
import type { RunConfig } from '@tidemark/training/config';
import { heldOut } from '@tidemark/training/split';
import type { ImageShape } from '../data/decode.ts';
import type { SetSpec } from '../data/feed-messages.ts';
import { openPack, type Pack } from '../data/pack.ts';
import { type Listed, type Scan, scan } from '../data/scan.ts';
import { scanLabels } from '../data/scan-labels.ts';
import type { Source } from '../data/source.ts';
import { TrainingError } from '../training-error.ts';
import { line, type Port } from './port.ts';

/** Images of one set, decoded, without those that cannot be read. */
export interface ImageSet {
  spec: SetSpec;
  images: readonly Listed[];
}

export interface Images {
  classes: readonly string[];
  outputs: number;
  shape: ImageShape;
  train: ImageSet;
  validation: ImageSet | null;
  /** Decoded when it is needed: at the end. */
  test: (() => Promise<ImageSet>) | null;
  /** Names the contents of all images that training sees. */
  fingerprint: string;
}

/** [images, outputs]: what the labels file says; else the class itself for a binary head, one-hot for any other. */
function labelVectors(images: readonly Listed[], outputs: number): Float32Array {
  const labels = new Float32Array(images.length * outputs);
  images.forEach(({ label, vector }, image) => {
    if (vector) labels.set(vector, image * outputs);
    else if (outputs === 1) labels[image] = label;
    else labels[image * outputs + label] = 1;
  });
  return labels;
}

/** Names what a labels file says, as part of what training sees. */
function labelsKey({ classes, images }: Scan): string {
  if (!images[0]?.vector) return '';
  const text = JSON.stringify([classes, images.map(({ vector }) => vector)]);
  return `+${createHash('sha256').update(text).digest('hex')}`;
}

/** By `class_weight`, the weight of each training image; null where all count alike. */
function imageWeights(
  { class_weight }: RunConfig,
  classes: readonly string[],
  images: readonly Listed[],
  port: Port,
): Float32Array | null {
  if (class_weight === undefined) return null;
  if (typeof class_weight === 'object') {
    const unknown = Object.keys(class_weight).find((name) => !classes.includes(name));
    if (unknown !== undefined) {
      throw new TrainingError(
        'data_classes',
        `class_weight names \`${unknown}\`, but the classes are ${classes.join(', ')}.`,
      );
    }
  }
  const counts = classes.map((_, c) => images.filter(({ label }) => label === c).length);
  const weights = classWeights(class_weight, classes, counts);
  const words = classes.map((name, c) => `${name} ${Number(weights[c]!.toPrecision(4))}`);
  line(port, 'info', `Class weights: ${words.join(', ')}`);
  return Float32Array.from(images, ({ label }) => weights[label]!);
}

/** The same class folders, in the same order, must stand in every set: a label is an index into them. */
function sameClasses(source: Source, folder: string, found: Scan, classes: readonly string[]): void {
  if (found.classes.join('\n') === classes.join('\n')) return;
  throw new TrainingError(
    'data_classes',
    `${source.describe(folder)} has the classes ${found.classes.join(', ')}, but the training images have ${classes.join(', ')}.`,
  );
}

/**
 * Finds, splits and decodes a run's images.
 * @throws TrainingError when folders are missing, classes do not fit the model's head, or too many images cannot be read.
 */
export async function prepareImages(
  config: RunConfig,
  source: Source,
  cache: string,
  port: Port,
  checkpoint: () => Promise<void>,
): Promise<Images> {
  const { data } = config;
  const shape: ImageShape = {
    rows: data.image_size[0],
    columns: data.image_size[1],
    channels: data.color_mode === 'rgb' ? 3 : 1,
  };
  const folders = data.class_mode === 'binary' || data.class_mode === 'categorical';
  const list = (folder: string) => (folders ? scan(source, folder, data.classes) : scanLabels(source, folder, data));
  const found = await list(data.train);
  const { classes } = found;
  const outputs = data.class_mode === 'binary' ? 1 : classes.length;
  if (data.class_mode === 'binary' && classes.length !== 2) {
    throw new TrainingError(
      'data_classes',
      `class_mode binary needs 2 classes, but ${source.describe(data.train)} has ${classes.length}: ${classes.join(', ')}.`,
    );
  }

  async function decoded(folder: string, listed: Scan): Promise<Pack> {
    let told = port.monotonic();
    const pack = await openPack(listed.images, shape, {
      cache: join(cache, 'pixels'),
      concurrency: availableParallelism(),
      now: port.now(),
      progress(done, total) {
        port.send({ type: 'alive' });
        if (port.monotonic() - told < 2000) return;
        told = port.monotonic();
        line(port, 'info', `Decoding ${folder}: ${done} of ${total} images`);
      },
    });
    await checkpoint();
    tellBad(folder, listed, pack, data.max_bad_share, port);
    return pack;
  }

  function set(listed: Scan, pack: Pack, wanted: (place: number) => boolean, part: Partial<SetSpec>): ImageSet {
    const places = listed.images.map((_, place) => place).filter((place) => pack.bad[place] === null && wanted(place));
    return {
      images: places.map((place) => listed.images[place]!),
      spec: {
        pack: pack.file,
        shape,
        places: Uint32Array.from(places),
        labels: labelVectors(
          places.map((place) => listed.images[place]!),
          outputs,
        ),
        outputs,
        weights: null,
        batchSize: data.batch_size,
        shuffle: false,
        seed: config.seed,
        rescale: config.rescale,
        augmentation: null,
        purpose: 'augmentation',
        ...part,
      },
    };
  }

  const validationPart: Partial<SetSpec> = {
    augmentation: config.augmentation.augment_validation ? config.augmentation : null,
    purpose: 'augmentValidation',
  };
  const held = heldOut(
    found.images.map(({ label }) => label),
    data.validation_split,
  );
  const pack = await decoded(data.train, found);
  const train = set(found, pack, (place) => !held.has(place), {
    shuffle: data.shuffle,
    augmentation: config.augmentation,
  });
  train.spec.weights = imageWeights(config, classes, train.images, port);
  let fingerprint = pack.key + labelsKey(found);
  let validation = held.size > 0 ? set(found, pack, (place) => held.has(place), validationPart) : null;
  if (data.validation !== undefined) {
    const listed = await list(data.validation);
    sameClasses(source, data.validation, listed, classes);
    const own = await decoded(data.validation, listed);
    validation = set(listed, own, () => true, validationPart);
    fingerprint += own.key + labelsKey(listed);
  }
  if (train.images.length === 0 || validation?.images.length === 0) {
    throw new TrainingError(
      'data_empty',
      `No image is left for ${train.images.length === 0 ? 'training' : 'validation'} of ${found.images.length} in ${source.describe(data.train)}.`,
    );
  }

  // A test folder that is missing is told now, not after the last epoch.
  let test: Images['test'] = null;
  if (data.test !== undefined) {
    const folder = data.test;
    const listed = await list(folder);
    sameClasses(source, folder, listed, classes);
    test = async () => set(listed, await decoded(folder, listed), () => true, {});
  }
  return { classes, outputs, shape, train, validation, test, fingerprint };
}

function tellBad(folder: string, { images }: Scan, { bad }: Pack, most: number, port: Port): void {
  const list = images.flatMap(({ name }, i) => (bad[i] === null ? [] : [{ name, reason: bad[i]! }]));
  if (list.length === 0) return;
  for (const { name, reason } of list.slice(0, 20)) {
    line(port, 'warn', `Cannot read ${folder}/${name}: ${reason}`);
  }
  const share = list.length / images.length;
  const percent = (value: number) => `${Math.round(value * 1000) / 10} %`;
  const summary = `${list.length} of ${images.length} images in ${folder} cannot be read (${percent(share)})`;
  if (share > most) {
    throw new TrainingError(
      'data_bad_images',
      `${summary}; data.max_bad_share allows ${percent(most)}. The first: ${list[0]!.name}: ${list[0]!.reason}`,
    );
  }
  line(port, 'warn', `${summary}; training goes on without ${list.length === 1 ? 'it' : 'them'}.`);
}
