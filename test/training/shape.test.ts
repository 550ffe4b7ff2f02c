import { initialise } from '@tidemark/training/layers/initialiser';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { summary } from '@tidemark/training/layers/summary';
import { PRESETS } from '@tidemark/training/presets/index';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const layers = (list: unknown[]) => z.array(LayerSpec).parse(list);

describe('presets', () => {
  test.each(['convnet', 'convnet-dropout'] as const)('%s has 991,041 parameters at 180×180×3', (name) => {
    const { layers: infos, problem } = inferShapes(PRESETS[name](), [180, 180, 3]);
    expect(problem).toBeNull();
    expect(infos.reduce((sum, layer) => sum + layer.parameterCount, 0)).toBe(991_041);
    expect(infos.filter((layer) => layer.type === 'Conv2D').map((layer) => layer.output)).toEqual([
      [178, 178, 32],
      [87, 87, 64],
      [41, 41, 128],
      [18, 18, 256],
      [7, 7, 256],
    ]);
  });

  test('the summary reads like Keras’s', () => {
    const text = summary(inferShapes(PRESETS.convnet(), [180, 180, 3]).layers);
    expect(text).toContain('conv2d_4 (Conv2D)               (None, 7, 7, 256)     590,080');
    expect(text).toContain('Total params: 991,041');
  });
});

describe('inferShapes', () => {
  test('follows Keras for same padding, strides and pools', () => {
    const { layers: infos } = inferShapes(
      layers([
        { type: 'Conv2D', filters: 4, kernel_size: [3, 5], strides: 2, padding: 'same' },
        { type: 'BatchNormalization' },
        { type: 'AveragePooling2D', pool_size: 3, strides: 2 },
        { type: 'MaxPooling2D', pool_size: 2, padding: 'same' },
        { type: 'GlobalAveragePooling2D' },
        { type: 'Dense', units: 3, use_bias: false },
      ]),
      [31, 40, 3],
    );
    expect(infos.map((layer) => layer.output)).toEqual([[16, 20, 4], [16, 20, 4], [7, 9, 4], [4, 5, 4], [4], [3]]);
    expect(infos.map((layer) => layer.parameterCount)).toEqual([3 * 5 * 3 * 4 + 4, 16, 0, 0, 0, 12]);
    expect(infos[1]!.parameters.map((p) => [p.name, p.trainable])).toEqual([
      ['batch_normalization/gamma', true],
      ['batch_normalization/beta', true],
      ['batch_normalization/moving_mean', false],
      ['batch_normalization/moving_variance', false],
    ]);
  });

  test('stops at the layer that runs out of pixels', () => {
    const { problem, layers: infos } = inferShapes(
      layers([
        { type: 'MaxPooling2D', pool_size: 4 },
        { type: 'Conv2D', filters: 2, kernel_size: 3 },
      ]),
      [9, 9, 1],
    );
    expect(infos).toHaveLength(1);
    expect(problem).toMatchObject({ index: 1, key: 'kernel_size' });
    expect(problem?.message).toBe('A 3×3 convolution needs at least 3×3 pixels, but gets 2×2');
  });

  test.each([
    ['Dense', { type: 'Dense', units: 1 }, 'Dense gets 9×9×1'],
    [
      'Conv2D after Flatten',
      { type: 'Conv2D', filters: 1, kernel_size: 1 },
      'Conv2D needs rows, columns and channels, but gets a vector of 81',
    ],
  ])('%s in the wrong place says so', (name, spec, message) => {
    const before = name === 'Dense' ? [] : [{ type: 'Flatten' }];
    expect(inferShapes(layers([...before, spec]), [9, 9, 1]).problem?.message).toBe(message);
  });
});

describe('initialise', () => {
  const { layers: infos } = inferShapes(
    layers([
      { type: 'Conv2D', filters: 16, kernel_size: 3 },
      { type: 'BatchNormalization' },
      { type: 'Flatten' },
      { type: 'Dense', units: 10 },
    ]),
    [12, 12, 3],
  );
  const parameters = infos.flatMap((layer) => layer.parameters);

  test('is a function of the seed', () => {
    expect(initialise(parameters, 1)).toEqual(initialise(parameters, 1));
    expect(initialise(parameters, 1)['dense/kernel']).not.toEqual(initialise(parameters, 2)['dense/kernel']);
  });

  test('kernels are GlorotUniform, the rest constants', () => {
    const weights = initialise(parameters, 1);
    const kernel = weights['conv2d/kernel']!;
    const limit = Math.sqrt(6 / (9 * (3 + 16)));
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThanOrEqual(limit);
    expect(Math.max(...kernel.map(Math.abs))).toBeGreaterThan(limit * 0.95);
    const variance = kernel.reduce((sum, v) => sum + v * v, 0) / kernel.length;
    expect(variance / (limit ** 2 / 3)).toBeCloseTo(1, 0);
    expect(new Set(weights['conv2d/bias'])).toEqual(new Set([0]));
    expect(new Set(weights['batch_normalization/gamma'])).toEqual(new Set([1]));
    expect(new Set(weights['batch_normalization/moving_variance'])).toEqual(new Set([1]));
  });
});
