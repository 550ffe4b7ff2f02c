import { RunConfig } from '@tidemark/training/config';
import { refusal } from '@tidemark/training/init/describe';
import { layoutFor } from '@tidemark/training/init/layout';
import { matchWeights } from '@tidemark/training/init/match';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { convertWeights, rearranged } from '@tidemark/worker/weights/convert';
import { readWeights } from '@tidemark/worker/weights/read';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { expected, fixture } from './fixtures.ts';

const { shape, images, features, logits } = expected;
const input = [shape[1], shape[2], shape[3]] as const;
const trunk = [
  { type: 'Conv2D', name: 'stem', filters: 4, kernel_size: 3, strides: 2, use_bias: false },
  { type: 'BatchNormalization', name: 'stem_bn' },
  { type: 'Activation', activation: 'relu6' },
  { type: 'DepthwiseConv2D', name: 'depthwise', kernel_size: 3, use_bias: false },
  { type: 'BatchNormalization', name: 'depthwise_bn' },
  { type: 'Activation', activation: 'relu' },
  { type: 'Conv2D', name: 'project', filters: 5, kernel_size: 1 },
  { type: 'GlobalAveragePooling2D' },
];
const head = { type: 'Dense', name: 'predictions', units: 2 };
const layersOf = (...specs: unknown[]) => z.array(LayerSpec).parse(specs);

async function outputsOf(name: string, ...specs: unknown[]): Promise<number[]> {
  const layers = layersOf(...specs);
  const file = await readWeights(fixture(name));
  const source = [...file.tensors].map(([tensor, { dims }]) => ({ name: tensor, dims }));
  const matching = matchWeights(inferShapes(layers, input).layers, file.framework, source, {
    exclude: specs.includes(head) ? [] : ['predictions*'],
  });
  expect(refusal(matching, true)).toBeNull();
  const session = await createOnnxEngine().compile({
    layers,
    input,
    batchSize: 2,
    loss: { name: 'mean_squared_error' },
    optimizer: RunConfig.shape.optimizer.parse('SGD'),
    initial: convertWeights(file, matching.matches),
    seed: 1,
    threads: 1,
    device: 'cpu',
  });
  const count = shape[0];
  const pixels = Float32Array.from(images, (value) => value / 255);
  const { probabilities } = await session.evaluate({ images: pixels, labels: new Float32Array(10), count });
  await session.dispose();
  return [...probabilities];
}

/** The largest difference, of numbers of size 1. */
const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

test.each([
  'net.pt',
  'net-legacy.pth',
  'net-deflated.zip',
  'net.safetensors',
  'net.onnx',
  'tfjs/model.json',
  'tfjs.zip',
  'net.weights.h5',
  'net.keras',
  'net.h5',
])(
  '%s computes what the network it was saved from computes: features, and what the last layer makes of them',
  async (name) => {
    const found = await outputsOf(name, ...trunk);
    expect(found).toHaveLength(features.length);
    expect(difference(found, features)).toBeLessThan(2e-6);
    expect(difference(await outputsOf(name, ...trunk, head), logits)).toBeLessThan(2e-6);
  },
);

test('a matrix behind a flattened map has its inputs in Keras’s order', () => {
  // PyTorch flattens channel by channel: input 0..5 is channel 0's two rows of one column, then channel 1's, …
  const dims = [1, 6];
  const layout = layoutFor('torch', 'Dense', 'kernel', dims, [2, 1, 3]);
  expect([...rearranged(Float32Array.of(0, 1, 2, 3, 4, 5), layout)]).toEqual([0, 2, 4, 1, 3, 5]);
});
