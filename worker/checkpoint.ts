import { createHash } from 'node:crypto';
import { fromNumber, type MetricValue, toNumber } from '@tidemark/api/contract/common';
import type { ModelState } from './engine/engine.ts';

// A checkpoint is one file:
//   8 bytes   "TMCKPT01"
//   4 bytes   length of the header, little-endian
//   header    JSON: where training stands, and name, shape and place of every tensor
//   padding   zeros up to a multiple of 64
//   tensors   float32, little-endian, each starting at a multiple of 64
//   32 bytes  SHA-256 of everything before
// Nothing in it depends on the clock or the machine, so the same training gives the same bytes, and its digest (of the whole
// file) both names it and compares two runs.

const MAGIC = 'TMCKPT01';
const ALIGN = 64;

/** Sums of an epoch so far, over images: their means are what an epoch logs. */
export interface Sums {
  loss: number;
  correct: number;
  count: number;
}

export interface Best {
  value: number;
  step: number;
  /** Epochs completed when it was made. */
  epoch: number;
  digest: string;
}

/** Where training stands. Every random draw is a function of the seed and these counters, so they are the generator's state too. */
export interface Position {
  /** Optimizer steps done. */
  step: number;
  /** Epochs completed, and batches done in the one after them. */
  epoch: number;
  batch: number;
  sums: Sums;
  /** The best checkpoint so far, by the monitor; null before the first epoch's end. */
  best: Best | null;
}

export interface Checkpoint extends Position {
  /** SHA-256 of what the run is made of: a checkpoint of another config or other images must not be loaded. */
  identity: string;
  seed: number;
  tensors: ModelState['tensors'];
}

interface Header extends Omit<Checkpoint, 'tensors' | 'sums'> {
  /** JSON has no NaN, and a run that diverged must resume as one that diverged. */
  sums: Omit<Sums, 'loss'> & { loss: MetricValue };
  tensors: { name: string; dims: readonly number[]; offset: number; length: number }[];
}

/** A checkpoint whose bytes are not what was written. */
export class CorruptCheckpoint extends Error {
  override readonly name = 'CorruptCheckpoint';
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN;

export function encodeCheckpoint({ tensors, sums, ...rest }: Checkpoint): Uint8Array {
  const names = Object.keys(tensors).sort();
  let end = 0;
  const table = names.map((name) => {
    const { dims, data } = tensors[name]!;
    const offset = end;
    end = aligned(end + data.byteLength);
    return { name, dims, offset, length: data.length };
  });
  const header = Buffer.from(
    JSON.stringify({ ...rest, sums: { ...sums, loss: fromNumber(sums.loss) }, tensors: table } satisfies Header),
  );
  const body = aligned(12 + header.length);
  const bytes = Buffer.alloc(body + end + 32);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(header.length, 8);
  header.copy(bytes, 12);
  table.forEach(({ name, offset }) => {
    const { data } = tensors[name]!;
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(bytes, body + offset);
  });
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
}

/** @throws CorruptCheckpoint when a byte differs from what was written. */
export function decodeCheckpoint(file: Uint8Array): Checkpoint {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 12 + 32 || bytes.toString('latin1', 0, 8) !== MAGIC) {
    throw new CorruptCheckpoint('This is not a checkpoint, or its beginning is damaged.');
  }
  const sum = createHash('sha256').update(bytes.subarray(0, -32)).digest();
  if (!sum.equals(bytes.subarray(-32))) throw new CorruptCheckpoint('The checkpoint’s bytes do not fit its checksum.');
  const length = bytes.readUInt32LE(8);
  // The checksum says that `encodeCheckpoint` wrote it.
  const { tensors: table, sums, ...rest } = JSON.parse(bytes.toString('utf8', 12, 12 + length)) as Header;
  const body = aligned(12 + length);
  const tensors: Checkpoint['tensors'] = {};
  for (const { name, dims, offset, length: count } of table) {
    const data = new Float32Array(count);
    new Uint8Array(data.buffer).set(bytes.subarray(body + offset, body + offset + count * 4));
    tensors[name] = { dims, data };
  }
  return { ...rest, sums: { ...sums, loss: toNumber(sums.loss) }, tensors };
}
