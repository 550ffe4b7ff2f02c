import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Checkpoint,
  CorruptCheckpoint,
  decodeCheckpoint,
  digestOf,
  encodeCheckpoint,
} from '@tidemark/worker/checkpoint';
import { checkpointFile, newestUsable, readCheckpoint, storeCheckpoint } from '@tidemark/worker/train/checkpoints';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const sample = (step: number, value = 0.5): Checkpoint => ({
  step,
  epoch: 2,
  batch: 3,
  sums: {
    loss: 1.1,
    count: 12,
    metrics: [
      { sums: [7, 12], scores: new Float32Array(0) },
      { sums: [], scores: Float32Array.of(0.25, 1, 0.1, 0) },
    ],
  },
  best: { value: 0.25, step: 4, epoch: 1, digest: '' },
  callbacks: {
    plateau: { rate: 1e-3, best: Number.POSITIVE_INFINITY, wait: 2, cooldown: 0 },
    stopping: { best: null, bestEpoch: 0, wait: 1 },
    stopped: null,
    rollbacks: 1,
  },
  identity: 'i',
  seed: 1,
  tensors: {
    'dense/kernel': { dims: [2, 3], data: Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-42, value) },
    'dense/bias': { dims: [1], data: Float32Array.of(3) },
    empty: { dims: [0], data: new Float32Array(0) },
  },
});

const bits = (data: Float32Array) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];

describe('checkpoint file', () => {
  test('gives back every bit', () => {
    const before = sample(9);
    const after = decodeCheckpoint(encodeCheckpoint(before));
    expect({ ...after, tensors: null }).toEqual({ ...before, tensors: null });
    for (const [name, { dims, data }] of Object.entries(before.tensors)) {
      expect(after.tensors[name]!.dims).toEqual(dims);
      expect(bits(after.tensors[name]!.data)).toEqual(bits(data));
    }
  });

  test('keeps a sum that is not finite as it is', () => {
    const diverged = { ...sample(1), sums: { loss: Number.NaN, count: 4, metrics: [] } };
    expect(decodeCheckpoint(encodeCheckpoint(diverged)).sums.loss).toBeNaN();
  });

  test('is the same file whatever the order of its tensors', () => {
    const { tensors, ...rest } = sample(1);
    const turned = Object.fromEntries(Object.entries(tensors).reverse());
    expect(digestOf(encodeCheckpoint({ ...rest, tensors: turned }))).toBe(
      digestOf(encodeCheckpoint({ ...rest, tensors })),
    );
  });

  test('is refused with any bit flipped, any end cut off', () => {
    const bytes = encodeCheckpoint(sample(5));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 7 }), fc.boolean(), (at, bit, cut) => {
        const damaged = cut ? bytes.slice(0, at) : Uint8Array.from(bytes);
        if (!cut) damaged[at]! ^= 1 << bit;
        expect(() => decodeCheckpoint(damaged)).toThrow(CorruptCheckpoint);
      }),
      { numRuns: 300 },
    );
  });
});

describe('checkpoints of a run', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-checkpoints-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const never = () => Promise.reject(new Error('nothing is to be fetched'));

  test('a best that is the file itself gets the file’s digest', async () => {
    const { digest } = storeCheckpoint(folder, sample(3));
    expect((await readCheckpoint(folder, digest, never)).best?.digest).toBe(digest);
  });

  test('a damaged local file is fetched again', async () => {
    const { digest, file } = storeCheckpoint(folder, sample(3));
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 100));
    const checkpoint = await readCheckpoint(folder, digest, async () => whole);
    expect(checkpoint.step).toBe(3);
    expect(readFileSync(checkpointFile(folder, digest)).equals(whole)).toBe(true);
  });

  test('a corrupt newest falls back to the one before, and says so', async () => {
    const older = storeCheckpoint(folder, sample(3));
    const newer = storeCheckpoint(folder, sample(6));
    writeFileSync(newer.file, 'rubbish');
    const told: string[] = [];
    const list = [
      { step: 6, digest: newer.digest },
      { step: 3, digest: older.digest },
    ];
    const fetched = async () => new Uint8Array([1, 2, 3]);
    const found = await newestUsable(folder, list, fetched, (text) => told.push(text));
    expect(found?.checkpoint.step).toBe(3);
    expect(found?.digest).toBe(older.digest);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('step 6');
  });

  test('none usable is null; a server that does not answer is an error', async () => {
    const list = [{ step: 6, digest: 'a'.repeat(64) }];
    expect(
      await newestUsable(
        folder,
        list,
        async () => new Uint8Array(9),
        () => {},
      ),
    ).toBeNull();
    await expect(newestUsable(folder, list, never, () => {})).rejects.toThrow('fetched');
  });
});
