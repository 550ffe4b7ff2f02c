import { RunConfig } from '@tidemark/training/config';
import { flattenConfig } from '@tidemark/training/params';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

const config = RunConfig.parse({
  experiment: 'cats',
  name: 'plain',
  data: { path: 'photos', classes: ['cat', 'dog'] },
  augmentation: { zoom_range: [0.8, 1.2] },
  model: {
    layers: [
      { type: 'Conv2D', filters: 8, kernel_size: [3, 5] },
      { type: 'Flatten' },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
  },
  epochs: 2,
});

test('nested keys become dotted, lists of plain values one JSON text, and layers are numbered', () => {
  const params = flattenConfig(config);
  expect(params).toMatchObject({
    'data.path': 'photos',
    'data.classes': '["cat","dog"]',
    'data.image_size': '[180,180]',
    'augmentation.zoom_range': '[0.8,1.2]',
    'augmentation.horizontal_flip': false,
    'model.layers.0.type': 'Conv2D',
    'model.layers.0.kernel_size': '[3,5]',
    'model.layers.2.units': 1,
    'optimizer.name': 'RMSprop',
    epochs: 2,
    requires: '[]',
  });
});

test('experiment, name and what is not set are no params', () => {
  const params = flattenConfig(config);
  for (const key of ['experiment', 'name', 'data.dataset', 'augmentation.brightness_range'])
    expect(params).not.toHaveProperty([key]);
});

test('a preset stays one param', () => {
  expect(flattenConfig({ ...config, model: 'convnet' })).toMatchObject({ model: 'convnet' });
});

test('every value is plain, and two configs that differ have params that differ', () => {
  const change = fc.record(
    { epochs: fc.integer({ min: 1, max: 9 }), seed: fc.nat(9), batch: fc.integer({ min: 1, max: 9 }) },
    { requiredKeys: ['epochs', 'seed', 'batch'] },
  );
  const flat = ({ epochs, seed, batch }: { epochs: number; seed: number; batch: number }) =>
    flattenConfig({ ...config, epochs, seed, data: { ...config.data, batch_size: batch } });
  fc.assert(
    fc.property(change, change, (one, two) => {
      for (const value of Object.values(flat(one))) expect(['string', 'number', 'boolean']).toContain(typeof value);
      expect(JSON.stringify(flat(one)) === JSON.stringify(flat(two))).toBe(JSON.stringify(one) === JSON.stringify(two));
    }),
  );
});
