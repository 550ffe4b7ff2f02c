import { initSource, isWeightsName } from '@tidemark/training/init/source';
import { stageAt, stagesOf } from '@tidemark/training/init/stages';
import { type ConfigIssue, validateConfig } from '@tidemark/training/validate';
import { describe, expect, test } from 'vitest';

const layers = [
  { type: 'Conv2D', name: 'stem', filters: 4, kernel_size: 3 },
  { type: 'BatchNormalization', name: 'stem_bn' },
  { type: 'Conv2D', name: 'block', filters: 4, kernel_size: 3 },
  { type: 'GlobalAveragePooling2D' },
  { type: 'Dense', name: 'predictions', units: 1, activation: 'sigmoid' },
];
const good = { data: { path: 'photos', validation_split: 0.3 }, model: { layers }, epochs: 6 };
const issues = (document: unknown): ConfigIssue[] => {
  const result = validateConfig(document);
  return result.ok ? [] : result.issues;
};
const resolved = (document: unknown) => {
  const result = validateConfig(document);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result;
};

describe('init.from', () => {
  const id = '0123456789abcdef0123456789abcdef';
  test.each([
    ['efficientnet-lite0', { kind: 'weights', name: 'efficientnet-lite0' }],
    ['models/net.onnx', { kind: 'file', path: 'models/net.onnx' }],
    ['/srv/w/model.json', { kind: 'file', path: '/srv/w/model.json' }],
    ['a.PTH', { kind: 'file', path: 'a.PTH' }],
    ['#17/best', { kind: 'checkpoint', run: '#17', which: 'best' }],
    ['cats vs dogs#17/latest', { kind: 'checkpoint', run: 'cats vs dogs#17', which: 'latest' }],
    [`${id}/best`, { kind: 'checkpoint', run: id, which: 'best' }],
    ['9b882e03/1200', { kind: 'checkpoint', run: '9b882e03', which: { step: 1200 } }],
    ['#17', null],
    ['Some Name', null],
    ['#17/first', null],
    ['models:/cats/3', { kind: 'model', name: 'cats', version: '3' }],
    ['models:/Cats and dogs@champion', { kind: 'model', name: 'Cats and dogs', version: '@champion' }],
    ['models:/net.onnx/latest', { kind: 'model', name: 'net.onnx', version: 'latest' }],
    ['models:/cats', null],
    ['models:/cats/first', null],
    ['models:/cats/net.onnx', null],
  ])('%s', (from, source) => {
    expect(initSource(from)).toEqual(source);
  });

  test('a name of weights is never taken for a file', () => {
    expect([isWeightsName('net.v2'), isWeightsName('net.onnx'), isWeightsName('A')]).toEqual([true, false, false]);
  });

  test('a name alone is enough; what names nothing is refused with the way out', () => {
    expect(resolved({ ...good, init: 'efficientnet-lite0' }).config.init).toEqual({
      from: 'efficientnet-lite0',
      strict: true,
    });
    expect(issues({ ...good, init: '#17' })).toMatchObject([
      { path: ['init', 'from'], hint: 'Say which checkpoint: `#17/best`.' },
    ]);
    expect(issues({ ...good, init: { from: 'x', include: ['stam*'] } })).toMatchObject([
      { path: ['init', 'include'], message: '`stam*` matches no layer' },
    ]);
  });

  test('a resolved config is a config again', () => {
    const { config } = resolved({ ...good, init: 'x', freeze: 'stem*', stages: [{ epochs: 6 }] });
    expect(resolved(config).config).toEqual(config);
    expect(config.freeze).toEqual(['stem*']);
  });
});

describe('stages', () => {
  const staged = {
    ...good,
    freeze: ['stem*', 'block'],
    stages: [{ epochs: 2 }, { epochs: 3, unfreeze: 'block', learning_rate: 1e-5 }, { epochs: 1, unfreeze: ['stem*'] }],
  };

  test('freeze and thaw layers, normalization too, and set the rate from their first epoch on', () => {
    const { config } = resolved(staged);
    const stages = stagesOf(
      config,
      config.model && typeof config.model !== 'string' && 'layers' in config.model ? config.model.layers : [],
    );
    const learning = stages.map((stage) =>
      stage.layers.flatMap((layer) => ('trainable' in layer && layer.trainable ? [layer.name] : [])),
    );
    expect(learning).toEqual([['predictions'], ['block', 'predictions'], ['stem', 'stem_bn', 'block', 'predictions']]);
    expect(stages.map(({ first, end, rateFrom, learningRate }) => [first, end, rateFrom, learningRate])).toEqual([
      [0, 2, 0, 1e-3],
      [2, 5, 2, 1e-5],
      [5, 6, 2, 1e-5],
    ]);
    expect([0, 1, 2, 4, 5, 6].map((epoch) => stageAt(stages, epoch).index)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test.each([
    ['a pattern that matches nothing', { ...good, freeze: 'stam' }, ['freeze'], '`stam` matches no layer'],
    [
      'thawing what is not frozen',
      { ...staged, freeze: 'stem' },
      ['stages', 1, 'unfreeze'],
      '`block` matches no layer that is frozen before this stage',
    ],
    ['everything frozen', { ...good, freeze: '*' }, ['freeze'], 'Every layer is frozen'],
    [
      'a stage in which nothing learns',
      { ...good, freeze: '*', stages: [{ epochs: 3 }, { epochs: 3, unfreeze: '*' }] },
      ['stages', 0],
      'In stage 0 every layer is frozen',
    ],
    ['epochs that do not add up', { ...staged, epochs: 7 }, ['epochs'], 'The stages have 6 epochs, but `epochs` is 7'],
  ])('%s is refused', (_, document, path, message) => {
    expect(issues(document)).toMatchObject([{ path, message }]);
  });
});
