import { cpSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeImages } from '../faults/images.ts';
import { createTrainer, report } from './train-harness.ts';

const trainer = createTrainer('tidemark-preset-');
const images = join(trainer.folder, 'images');
beforeAll(async () => {
  await makeImages(images, { train: 8, test: 2 }, 16);
  for (const part of ['train', 'test'])
    cpSync(join(images, part, 'along'), join(images, part, 'third'), { recursive: true });
});
afterAll(trainer.remove);

const config = (model: object, more: object = {}) => ({
  data: {
    path: 'images',
    test: 'test',
    image_size: [32, 32],
    batch_size: 6,
    validation_split: 0.25,
    class_mode: 'categorical',
    ...more,
  },
  model,
  loss: 'categorical_crossentropy',
  optimizer: { name: 'Adam' },
  epochs: 1,
});

describe('a preset in a whole run', () => {
  test('has an output for each folder found, in training and in the exported model', async () => {
    const result = await trainer.train({ config: config({ preset: 'resnet-small', width: 8 }), name: 'found' });
    expect(result.outcome).toBe('finished');
    expect(report(result).confusion.map((row) => row.length)).toEqual([3, 3, 3]);
    const model = await ort.InferenceSession.create(result.artifact('model/best.onnx')!, { logSeverityLevel: 3 });
    const image = new ort.Tensor('float32', new Float32Array(2 * 32 * 32 * 3).fill(90), [2, 32, 32, 3]);
    const { probabilities } = await model.run({ image });
    expect(probabilities!.dims).toEqual([2, 3]);
    await model.release();
  });

  test('with residuals and separable convolutions trains, and one image is classified like a batch of it', async () => {
    const result = await trainer.train({ config: config({ preset: 'mini-xception', width: 8 }), name: 'xception' });
    expect(result.outcome).toBe('finished');
    const model = await ort.InferenceSession.create(result.artifact('model/best.onnx')!, { logSeverityLevel: 3 });
    const pixels = new Float32Array(32 * 32 * 3).map((_, i) => (i * 37) % 256);
    const run = async (count: number) => {
      const data = new Float32Array(count * pixels.length);
      for (let i = 0; i < count; i++) data.set(pixels, i * pixels.length);
      const { probabilities } = await model.run({ image: new ort.Tensor('float32', data, [count, 32, 32, 3]) });
      return probabilities!.data as Float32Array;
    };
    const [one, three] = [await run(1), await run(3)];
    expect(one.reduce((a, v) => a + v)).toBeCloseTo(1, 5);
    for (let i = 0; i < 9; i++) expect(three[i]).toBeCloseTo(one[i % 3]!, 5);
    await model.release();
  });

  test('with too few classes of its own is refused when the folders are seen', async () => {
    const error = await trainer.failure({
      config: config({ preset: 'convnet', classes: 2 }, { image_size: [96, 96] }),
      name: 'few',
    });
    expect(error.message).toBe('The model ends in 2 units, but there are 3 classes: across, along, third.');
  });
});
