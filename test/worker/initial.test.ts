import { createHash } from 'node:crypto';
import { InitConfig } from '@tidemark/training/config/init';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { encodeCheckpoint } from '@tidemark/worker/checkpoint';
import type { ModelState } from '@tidemark/worker/engine/engine';
import { startFrom } from '@tidemark/worker/train/initial';
import { encodeSafetensors } from '@tidemark/worker/weights/encode-safetensors';
import { expect, test } from 'vitest';
import * as z from 'zod';

const { layers } = inferShapes(
  z.array(LayerSpec).parse([{ type: 'Flatten' }, { type: 'Dense', name: 'fc', units: 1 }]),
  [1, 1, 3],
);
const tensor = (dims: number[], ...data: number[]) => ({ dims, data: Float32Array.from(data) });
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A session of three weights and a bias, whose optimizer keeps a moment and moving averages. */
function fakeState(): ModelState {
  const tensors: ModelState['tensors'] = {};
  for (const [name, dims] of [
    ['fc/kernel', [3, 1]],
    ['fc/bias', [1]],
  ] as const) {
    const size = dims[0];
    for (const slot of ['', '/velocity', '/ema']) tensors[name + slot] = { dims, data: new Float32Array(size) };
  }
  return { step: 0, tensors };
}

async function started(from: string, bytes: Uint8Array, digest = digestOf(bytes)): Promise<ModelState['tensors']> {
  let loaded: ModelState | null = null;
  const session = {
    state: async () => fakeState(),
    load: async (state: ModelState) => {
      loaded = state;
    },
  };
  const asked: string[] = [];
  const fetch = async (which: string) => {
    asked.push(which);
    return bytes;
  };
  await startFrom(InitConfig.parse({ from, digest }), session, layers, { dataRoots: [], fetch, tell: () => {} });
  expect(asked).toEqual([digest]);
  return loaded!.tensors;
}

const checkpoint = (tensors: ModelState['tensors']) =>
  encodeCheckpoint({
    step: 9,
    epoch: 1,
    batch: 0,
    sums: { loss: 0, count: 0, metrics: [] },
    best: null,
    callbacks: { plateau: null, stopping: null, stopped: null, rollbacks: 0 },
    identity: 'x',
    seed: 1,
    tensors,
  });

test('a checkpoint gives its weights, not what its optimizer knew', async () => {
  const tensors = await started(
    '#1/best',
    checkpoint({
      'fc/kernel': tensor([3, 1], 1, 2, 3),
      'fc/kernel/velocity': tensor([3, 1], 7, 7, 7),
      'fc/bias': tensor([1], 4),
      'fc/bias/velocity': tensor([1], 7),
    }),
  );
  expect([...tensors['fc/kernel']!.data]).toEqual([1, 2, 3]);
  expect([...tensors['fc/kernel/velocity']!.data]).toEqual([0, 0, 0]);
  expect([...tensors['fc/kernel/ema']!.data]).toEqual([1, 2, 3]);
});

test('of a checkpoint with moving averages those are taken: it was judged by them', async () => {
  const tensors = await started(
    '0123456789abcdef0123456789abcdef/latest',
    checkpoint({
      'fc/kernel': tensor([3, 1], 1, 2, 3),
      'fc/kernel/ema': tensor([3, 1], 5, 6, 7),
      'fc/bias': tensor([1], 4),
      'fc/bias/ema': tensor([1], 8),
    }),
  );
  expect([...tensors['fc/kernel']!.data, ...tensors['fc/bias']!.data]).toEqual([5, 6, 7, 8]);
});

test('registered weights have the names and axes of their framework', async () => {
  const tensors = new Map([
    ['fc.weight', tensor([1, 3], 1, 2, 3)],
    ['fc.bias', tensor([1], 4)],
  ]);
  const loaded = await started('small', encodeSafetensors({ framework: 'pytorch', tensors }));
  expect(loaded['fc/kernel']).toEqual(tensor([3, 1], 1, 2, 3));
});

test.each([
  ['bytes of another digest', '#1/best', '0'.repeat(64), 'The server sent other bytes'],
  ['what is no checkpoint', '#1/best', undefined, '#1/best: This is not a checkpoint'],
  ['what are no weights', 'small', undefined, 'none of safetensors'],
])('%s are refused', async (_, from, digest, message) => {
  await expect(
    started(from, Buffer.from('something else entirely, of forty-four bytes and more'), digest),
  ).rejects.toThrow(message);
});

test('a version of a registered model is a checkpoint, or a file of weights of any kind', async () => {
  const kernel = tensor([3, 1], 1, 2, 3);
  const bias = tensor([1], 4);
  const kept = await started('models:/cats/3', checkpoint({ 'fc/kernel': kernel, 'fc/bias': bias }));
  expect([...kept['fc/kernel']!.data, ...kept['fc/bias']!.data]).toEqual([1, 2, 3, 4]);
  const file = encodeSafetensors({
    framework: 'tensorflow',
    tensors: new Map([
      ['fc/kernel', kernel],
      ['fc/bias', bias],
    ]),
  });
  const read = await started('models:/cats@champion', file);
  expect([...read['fc/kernel']!.data]).toEqual([1, 2, 3]);
});
