import { createHash } from 'node:crypto';
import type { StoppingState } from '@tidemark/training/callbacks/early-stopping';
import type { MetricState } from '@tidemark/training/metrics/metric';
import type { PlateauState } from '@tidemark/training/schedule/reduce-on-plateau';
import type { ModelState } from './engine/engine.ts';

// A checkpoint is one file:
//   8 bytes   "TMCKPT02"
//   4 bytes   length of the header, little-endian
//   header    JSON: where training stands, and name, shape and place of every tensor
//   padding   zeros up to a multiple of 64
//   tensors   float32, little-endian, each starting at a multiple of 64: the model's, then what metrics remember of each image
//   32 bytes  SHA-256 of everything before
// Nothing in it depends on the clock or the machine, so the same training gives the same bytes, and its digest (of the whole
// file) both names it and compares two runs.

const MAGIC = 'TMCKPT02';
const ALIGN = 64;

/** An epoch so far, over images: what it logs follows from it. */
export interface Sums {
  /** Sum of the losses of its images. */
  loss: number;
  count: number;
  /** Of each metric, in the order of the run's. */
  metrics: MetricState[];
}

/** What is remembered from epoch to epoch besides the best; null where the run has no such callback. */
export interface Callbacks {
  plateau: PlateauState | null;
  stopping: StoppingState | null;
  /** Epochs completed when training was stopped early. */
  stopped: number | null;
  /** How often training went back because its loss diverged: each lowers the learning rate. */
  rollbacks: number;
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
  callbacks: Callbacks;
}

export interface Checkpoint extends Position {
  /** SHA-256 of what the run is made of: a checkpoint of another config or other images must not be loaded. */
  identity: string;
  seed: number;
  tensors: ModelState['tensors'];
}

interface Placed {
  dims: readonly number[];
  offset: number;
  length: number;
}

interface Header extends Omit<Checkpoint, 'tensors' | 'sums'> {
  sums: Omit<Sums, 'metrics'> & { metrics: { sums: number[]; scores: Placed }[] };
  tensors: ({ name: string } & Placed)[];
}

/** A checkpoint whose bytes are not what was written. */
export class CorruptCheckpoint extends Error {
  override readonly name = 'CorruptCheckpoint';
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN;

/** JSON has no NaN and no infinities, and a metric that is one must resume as one. */
const written = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { $number: String(value) } : value;
const read = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && '$number' in value ? Number(value.$number) : value;

export function encodeCheckpoint({ tensors, sums, ...rest }: Checkpoint): Uint8Array {
  const all: { at: number; data: Float32Array }[] = [];
  let end = 0;
  const place = (dims: readonly number[], data: Float32Array): Placed => {
    const offset = end;
    all.push({ at: offset, data });
    end = aligned(end + data.byteLength);
    return { dims, offset, length: data.length };
  };
  const table = Object.keys(tensors)
    .sort()
    .map((name) => ({ name, ...place(tensors[name]!.dims, tensors[name]!.data) }));
  const metrics = sums.metrics.map((metric) => ({
    sums: metric.sums,
    scores: place([metric.scores.length], metric.scores),
  }));
  const contents: Header = { ...rest, sums: { ...sums, metrics }, tensors: table };
  const header = Buffer.from(JSON.stringify(contents, written));
  const body = aligned(12 + header.length);
  const bytes = Buffer.alloc(body + end + 32);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(header.length, 8);
  header.copy(bytes, 12);
  for (const { at, data } of all) Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(bytes, body + at);
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
}

/** Whether bytes begin as a checkpoint does. */
export const isCheckpoint = (file: Uint8Array): boolean =>
  Buffer.from(file.buffer, file.byteOffset, Math.min(8, file.length)).toString('latin1') === MAGIC;

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
  const { tensors: table, sums, ...rest } = JSON.parse(bytes.toString('utf8', 12, 12 + length), read) as Header;
  const body = aligned(12 + length);
  const values = ({ offset, length: count }: Placed) => {
    const data = new Float32Array(count);
    new Uint8Array(data.buffer).set(bytes.subarray(body + offset, body + offset + count * 4));
    return data;
  };
  const tensors: Checkpoint['tensors'] = {};
  for (const { name, ...placed } of table) tensors[name] = { dims: placed.dims, data: values(placed) };
  const metrics = sums.metrics.map((metric) => ({ sums: metric.sums, scores: values(metric.scores) }));
  return { ...rest, sums: { ...sums, metrics }, tensors };
}
