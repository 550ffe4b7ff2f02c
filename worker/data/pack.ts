import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeImage, type ImageShape } from './decode.ts';
import type { Listed } from './scan.ts';

// Decoded pixels of a set of images, one after the other, in one file: an epoch reads it instead of decoding JPEG, and the
// operating system's page cache keeps it in memory for as long as there is room. The file is named by the digests of the
// images' contents in order and by their shape, so a changed, added or removed image makes another file, and a second run on
// the same images none. Beside it stands a small index: its checksum, and which images could not be read and why.

/** Changes whenever the same bytes would decode to other pixels. */
const VERSION = 'nearest-1';
const READ_BYTES = 8 << 20;
const PACK_DAYS = 30;

export interface BadImage {
  name: string;
  reason: string;
}

export interface Pack {
  /** Digest of the images' contents, in order, and of their shape. */
  key: string;
  file: string;
  shape: ImageShape;
  /** By index in the list: null, or why that image could not be read. */
  bad: readonly (string | null)[];
}

interface Index {
  crc: number;
  bad: (string | null)[];
}

export interface PackOptions {
  /** Folder of pack files. */
  cache: string;
  /** Images decoded at once; by default as many as there are cores. */
  concurrency?: number;
  /** Told after each image; throwing stops. */
  progress?(done: number, total: number): void;
  /** Wall clock, ms: packs are pruned by when they were last used. */
  now: number;
}

export const imageBytes = ({ rows, columns, channels }: ImageShape): number => rows * columns * channels;

/** Opens the pack of these images, making it first where it is not there or damaged. */
export async function openPack(images: readonly Listed[], shape: ImageShape, options: PackOptions): Promise<Pack> {
  const { cache, now } = options;
  mkdirSync(cache, { recursive: true });
  const key = await keyOf(images, shape);
  const file = join(cache, `${key}.pixels`);
  const found = verified(file, images.length * imageBytes(shape));
  if (found) {
    utimesSync(file, now / 1000, now / 1000);
    return { key, file, shape, bad: found.bad };
  }
  const index = await write(file, images, shape, options);
  prune(cache, now);
  return { key, file, shape, bad: index.bad };
}

/** Removes packs that no run has opened for a month. */
function prune(cache: string, now: number): void {
  for (const name of readdirSync(cache)) {
    const file = join(cache, name);
    if (!name.endsWith('.pixels') || now - statSync(file).mtimeMs < PACK_DAYS * 86_400_000) continue;
    rmSync(file, { force: true });
    rmSync(`${file}.json`, { force: true });
  }
}

async function keyOf(images: readonly Listed[], shape: ImageShape): Promise<string> {
  const digests = new Array<string>(images.length);
  await eachAtOnce(images, 8, async ({ file }, i) => {
    // One that cannot be opened is a bad image, told when it is decoded.
    const bytes = await readFile(file).catch(() => Buffer.from('unreadable'));
    digests[i] = createHash('sha256').update(bytes).digest('hex');
  });
  const hash = createHash('sha256').update(`${VERSION} ${shape.rows}x${shape.columns}x${shape.channels}\n`);
  for (const digest of digests) hash.update(`${digest}\n`);
  return hash.digest('hex');
}

function verified(file: string, size: number): Index | null {
  const indexFile = `${file}.json`;
  if (!existsSync(file) || !existsSync(indexFile) || statSync(file).size !== size) return null;
  try {
    const index = JSON.parse(readFileSync(indexFile, 'utf8')) as Index; // written by this module, and checked against the pixels
    return index.crc === crcOf(file) ? index : null;
  } catch {
    return null;
  }
}

function crcOf(file: string): number {
  const handle = openSync(file, 'r');
  const buffer = Buffer.alloc(READ_BYTES);
  try {
    let crc = 0;
    for (;;) {
      const n = readSync(handle, buffer);
      if (n === 0) return crc;
      crc = crc32(buffer.subarray(0, n), crc);
    }
  } finally {
    closeSync(handle);
  }
}

async function write(
  file: string,
  images: readonly Listed[],
  shape: ImageShape,
  { concurrency = availableParallelism(), progress }: PackOptions,
): Promise<Index> {
  const size = imageBytes(shape);
  const blank = new Uint8Array(size);
  const bad = new Array<string | null>(images.length).fill(null);
  const next = `${file}.${process.pid}.next`;
  const handle = openSync(next, 'w');
  let done = 0;
  try {
    await eachAtOnce(images, concurrency, async (image, i) => {
      let pixels: Uint8Array = blank;
      try {
        pixels = await decodeImage(await readFile(image.file), shape);
      } catch (error) {
        bad[i] = reasonOf(error);
      }
      writeSync(handle, pixels, 0, size, i * size);
      progress?.(++done, images.length);
    });
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  const index: Index = { crc: crcOf(next), bad };
  writeFileSync(`${file}.json`, JSON.stringify(index));
  renameSync(next, file);
  return index;
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 200);

async function eachAtOnce<T>(
  items: readonly T[],
  n: number,
  run: (item: T, i: number) => Promise<void>,
): Promise<void> {
  let at = 0;
  async function some(): Promise<void> {
    while (at < items.length) {
      const i = at++;
      await run(items[i]!, i);
    }
  }
  await Promise.all(Array.from({ length: n }, some));
}

/** Reads single images of a pack. */
export class PackReader {
  readonly #handle: number;
  readonly #size: number;

  constructor(pack: Pick<Pack, 'file' | 'shape'>) {
    this.#handle = openSync(pack.file, 'r');
    this.#size = imageBytes(pack.shape);
  }

  /** Fills `target` with image `index` of the list that the pack was made from. */
  read(index: number, target: Uint8Array): void {
    for (let at = 0; at < this.#size; ) {
      const n = readSync(this.#handle, target, at, this.#size - at, index * this.#size + at);
      if (n === 0) throw new Error('A file of decoded images is shorter than it was: was the cache emptied meanwhile?');
      at += n;
    }
  }

  close(): void {
    closeSync(this.#handle);
  }
}
