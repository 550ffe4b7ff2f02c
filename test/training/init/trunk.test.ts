import { AugmentationConfig } from '@tidemark/training/config/augmentation';
import { type Trunk, trunkOf, whatVaries } from '@tidemark/training/init/trunk';
import { layerNames } from '@tidemark/training/layers/names';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { PRESETS } from '@tidemark/training/presets/index';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const cut = (layers: LayerSpec[], input: readonly [number, number, number]): Trunk | null => {
  const { layers: infos, problem } = inferShapes(layers, input);
  expect(problem).toBeNull();
  return trunkOf(layers, infos);
};
const parse = (...specs: unknown[]) => z.array(LayerSpec).parse(specs);
const frozen = { trainable: false };
const conv = (name: string, more: object = {}) => ({
  type: 'Conv2D',
  name,
  filters: 4,
  kernel_size: 3,
  padding: 'same',
  ...more,
});
const tail = [{ type: 'GlobalAveragePooling2D' }, { type: 'Dense', name: 'fc', units: 1 }];

test('the cut is as far down as nothing learns: past pooling, before dropout', () => {
  const trunk = cut(
    parse(conv('a', frozen), { type: 'GlobalAveragePooling2D', name: 'pool' }, { type: 'Dropout', rate: 0.5 }, tail[1]),
    [8, 8, 3],
  )!;
  expect([trunk.name, trunk.output, trunk.headInput]).toEqual(['pool', [4], [1, 1, 4]]);
  expect(layerNames(trunk.layers)).toEqual(['a', 'pool']);
});

test('the rest keeps the names and places that its layers have in the whole model', () => {
  const whole = parse(conv('a', frozen), { type: 'MaxPooling2D' }, conv('b'), ...tail);
  const trunk = cut(whole, [8, 8, 3])!;
  expect([trunk.name, trunk.output, trunk.headInput]).toEqual(['max_pooling2d', [4, 4, 4], [4, 4, 4]]);
  expect(layerNames(trunk.head).slice(2)).toEqual(layerNames(whole).slice(2));
  const [head, all] = [inferShapes(trunk.head, trunk.headInput), inferShapes(whole, [8, 8, 3])];
  expect(head.problem).toBeNull();
  const rest = (infos: typeof all.layers) =>
    infos.slice(2).map(({ index, name, output, parameters }) => [index, name, output, parameters]);
  expect(rest(head.layers)).toEqual(rest(all.layers));
});

test('a connection past the cut moves it up to where one tensor goes through', () => {
  const residual = parse(conv('a', frozen), conv('b', frozen), conv('c'), { type: 'Add', inputs: ['c', 'a'] }, ...tail);
  expect(cut(residual, [8, 8, 3])!.name).toBe('a');
  const fromImage = parse(
    conv('a', { ...frozen, filters: 3 }),
    { type: 'Add', name: 'sum', inputs: ['a', 'input'] },
    ...tail,
  );
  expect(cut(fromImage, [8, 8, 3])!.name).toBe('global_average_pooling2d');
  const pastIt = parse(
    conv('a', { ...frozen, filters: 3 }),
    conv('b', { filters: 3 }),
    { type: 'Add', inputs: ['b', 'input'] },
    ...tail,
  );
  expect(cut(pastIt, [8, 8, 3])).toBeNull();
});

describe('there is no cut', () => {
  test.each([
    ['where the first layer learns', [conv('a'), conv('b', frozen), ...tail]],
    ['where nothing before it has weights', [{ type: 'MaxPooling2D' }, conv('a'), ...tail]],
    [
      'where a frozen weight’s penalty is part of the loss',
      [conv('a', { ...frozen, kernel_regularizer: { l2: 0.1 } }), ...tail],
    ],
    ['behind dropout', [{ type: 'Dropout', rate: 0.1 }, conv('a', frozen), ...tail]],
    [
      'behind normalization that follows its batches',
      [{ type: 'BatchNormalization', center: false, scale: false }, conv('a', frozen), ...tail],
    ],
  ])('%s', (_, specs) => {
    expect(cut(parse(...specs), [8, 8, 3])).toBeNull();
  });
});

test('EfficientNet-Lite0 is cut at its pooled features, and below the block that is thawed', () => {
  const freeze = (learning: (name: string) => boolean) => {
    const layers = PRESETS['efficientnet-lite0']();
    const names = layerNames(layers);
    return layers.map((layer, i) =>
      'trainable' in layer && !learning(names[i]!) ? { ...layer, trainable: false } : layer,
    );
  };
  const pooled = cut(
    freeze((name) => name === 'fc'),
    [224, 224, 3],
  )!;
  expect([pooled.name, pooled.output]).toEqual(['avg_pooling', [1280]]);
  const mapped = cut(
    freeze((name) => name === 'fc' || name.startsWith('blocks_14')),
    [224, 224, 3],
  )!;
  // Block 14 adds its input to its output, so the input is all that goes through.
  expect([mapped.name, mapped.output]).toEqual(['blocks_13_add', [7, 7, 192]]);
});

test.each([
  [{}, null],
  [{ fill_mode: 'constant', augment_validation: true }, null],
  [{ horizontal_flip: true }, 'images are augmented'],
  [{ random_erasing: {} }, 'images are augmented'],
  [{ cutmix: {} }, 'images are mixed'],
])('augmentation %j: %s', (augmentation, reason) => {
  expect(whatVaries({ augmentation: AugmentationConfig.parse(augmentation) })).toBe(reason);
});
