import { readFileSync } from 'node:fs';
import { costLine, modelCost, short } from '@tidemark/training/layers/cost';
import { inferShapes } from '@tidemark/training/layers/shape';
import { modelLayers, PRESETS } from '@tidemark/training/presets/index';
import { validateConfig } from '@tidemark/training/validate';
import { describe, expect, test } from 'vitest';

type Size = readonly [number, number, number];
const cost = (layers: Parameters<typeof inferShapes>[0], input: Size) => {
  const { layers: infos, problem } = inferShapes(layers, input);
  expect(problem).toBeNull();
  return modelCost(infos);
};
const softmax = (units: number) => ({ units, activation: 'softmax' as const });
const at180: Size = [180, 180, 3];
const at224: Size = [224, 224, 3];

describe('presets have the sizes that are known of them', () => {
  // keras.applications.MobileNetV2(weights=None, alpha=…).count_params() and its trainable weights, Keras 3.15.1.
  test.each([
    [0.35, 1_691_208, 1_677_128],
    [0.5, 1_987_224, 1_968_680],
    [1, 3_538_984, 3_504_872],
    [1.4, 6_156_712, 6_108_776],
  ])('mobilenet-v2 of alpha %d, as Keras counts', (alpha, parameters, trainable) => {
    expect(cost(PRESETS['mobilenet-v2']({ alpha }, softmax(1000)), at224)).toMatchObject({ parameters, trainable });
  });

  test('mobilenet-v2 does the 300 M multiply-adds of its paper (arXiv:1801.04381, table 4)', () => {
    expect(short(cost(PRESETS['mobilenet-v2']({}, softmax(1000)), at224).multiplyAdds)).toBe('301 M');
  });

  test('mobilenet-v2 has the layer names of Keras', () => {
    const names = PRESETS['mobilenet-v2']().map(({ name }) => name);
    for (const name of [
      'Conv1',
      'bn_Conv1',
      'expanded_conv_depthwise_BN',
      'block_2_add',
      'block_16_project_BN',
      'Conv_1_bn',
    ])
      expect(names).toContain(name);
    expect(names).not.toContain('block_1_add');
  });

  test('efficientnet-lite0 has the 4,652,008 weights that are published for it', () => {
    const { trainable, parameters } = cost(PRESETS['efficientnet-lite0']({}, softmax(1000)), at224);
    // The rest are moving statistics: two for each of 21,008 normalized channels.
    expect([trainable, parameters - trainable]).toEqual([4_652_008, 42_016]);
  });

  test('mini-xception has the 721,857 parameters of the book (2nd ed., 9.3.5), 186,081 at half its width in Keras', () => {
    expect(cost(PRESETS['mini-xception'](), at180).parameters).toBe(721_857);
    expect(cost(PRESETS['mini-xception']({ width: 16 }), at180).parameters).toBe(186_081);
  });

  test('resnet-small counts as its twin in Keras: 2,800,097 and, at half its width, 702,705', () => {
    expect(cost(PRESETS['resnet-small'](), at180).parameters).toBe(2_800_097);
    expect(cost(PRESETS['resnet-small']({ width: 16 }), at180).parameters).toBe(702_705);
  });

  test('every preset takes the smallest images that make sense, and grayscale', () => {
    for (const preset of [
      PRESETS['resnet-small'],
      PRESETS['mini-xception'],
      PRESETS['mobilenet-v2'],
      PRESETS['efficientnet-lite0'],
    ])
      cost(preset(), [32, 40, 1]);
  });
});

describe('a preset’s head follows class_mode', () => {
  const config = (data: object, model: unknown = 'resnet-small', loss = 'binary_crossentropy') => {
    const checked = validateConfig({
      data: { path: '/x', validation_split: 0.2, ...data },
      model,
      loss,
      optimizer: 'Adam',
      epochs: 1,
    });
    expect(checked.ok || checked.issues).toBe(true);
    if (!checked.ok) throw new Error('refused');
    return checked.config;
  };
  const last = (layers: ReturnType<typeof modelLayers>) => {
    const head = layers.at(-1)!;
    return head.type === 'Dense' ? [head.units, head.activation] : null;
  };

  test('binary: one sigmoid', () => {
    expect(last(modelLayers(config({})))).toEqual([1, 'sigmoid']);
  });

  test('categorical: a softmax of the classes that are named, or of those found', () => {
    const named = config(
      { class_mode: 'categorical', classes: ['a', 'b', 'c'] },
      'convnet',
      'categorical_crossentropy',
    );
    expect(last(modelLayers(named))).toEqual([3, 'softmax']);
    const open = config({ class_mode: 'categorical' }, 'convnet', 'categorical_crossentropy');
    expect(last(modelLayers(open, 5))).toEqual([5, 'softmax']);
    const own = config({ class_mode: 'categorical' }, { preset: 'convnet', classes: 4 }, 'categorical_crossentropy');
    expect(last(modelLayers(own, 5))).toEqual([4, 'softmax']);
  });

  test('arguments reach the layers', () => {
    const layers = modelLayers(config({}, { preset: 'mobilenet-v2', alpha: 0.5, dropout: 0 }));
    expect(layers.some(({ type }) => type === 'Dropout')).toBe(false);
    expect(cost(layers, at180).parameters).toBe(707_505);
  });

  test.each([
    [{ preset: 'mobilnet-v2' }, ['model', 'preset'], /Did you mean `mobilenet-v2`/],
    [{ preset: 'mobilenet-v2', alpa: 1 }, ['model', 'alpa'], /Did you mean `alpha`/],
    [{ preset: 'mobilenet-v2', alpha: 0 }, ['model', 'alpha'], /from 0.1 to 3/],
    [{ layer: [] }, ['model', 'layers'], /missing/],
  ])('%j is refused at its place', (model, path, words) => {
    const checked = validateConfig({ data: { path: '/x' }, model, optimizer: 'Adam', epochs: 1 });
    const issues = checked.ok ? [] : checked.issues;
    const issue = issues.find((one) => JSON.stringify(one.path) === JSON.stringify(path));
    expect(JSON.stringify(issue)).toMatch(words);
  });
});

describe('docs/models.md', () => {
  const text = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  test.each(Object.entries(PRESETS))('says what %s takes, as computed', (name, preset) => {
    const { parameters, multiplyAdds, activationBytes } = cost(preset(), at180);
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    expect(row).toContain(
      `| ${parameters.toLocaleString('en')} | ${short(multiplyAdds)} | ${short(activationBytes)}B |`,
    );
  });

  test('shows a line of --dry-run', () => {
    expect(text).toContain(costLine(cost(PRESETS['mobilenet-v2'](), at180)));
  });
});
