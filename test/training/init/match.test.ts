import { describeMatching, refusal } from '@tidemark/training/init/describe';
import { matchWeights } from '@tidemark/training/init/match';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const model = (...specs: unknown[]) => inferShapes(z.array(LayerSpec).parse(specs), [8, 8, 3]).layers;
const net = model(
  { type: 'Conv2D', name: 'stem', filters: 4, kernel_size: 3, use_bias: false },
  { type: 'BatchNormalization', name: 'stem_bn' },
  { type: 'DepthwiseConv2D', name: 'dw', kernel_size: 3, depth_multiplier: 2, use_bias: false },
  { type: 'Flatten' },
  { type: 'Dense', name: 'head', units: 2 },
);
const torch = [
  { name: 'stem.weight', dims: [4, 3, 3, 3] },
  { name: 'stem_bn.weight', dims: [4] },
  { name: 'stem_bn.bias', dims: [4] },
  { name: 'stem_bn.running_mean', dims: [4] },
  { name: 'stem_bn.running_var', dims: [4] },
  { name: 'dw.weight', dims: [8, 1, 3, 3] },
  { name: 'head.weight', dims: [2, 128] },
  { name: 'head.bias', dims: [2] },
];

describe('PyTorch’s tensors', () => {
  const { matches, ...rest } = matchWeights(net, 'pytorch', torch, {});

  test('find their weights', () => {
    expect(rest).toEqual({ missing: [], misfits: [], unused: [] });
    expect(matches.map(({ parameter, source }) => [parameter, source])).toEqual([
      ['stem/kernel', 'stem.weight'],
      ['stem_bn/gamma', 'stem_bn.weight'],
      ['stem_bn/beta', 'stem_bn.bias'],
      ['stem_bn/moving_mean', 'stem_bn.running_mean'],
      ['stem_bn/moving_variance', 'stem_bn.running_var'],
      ['dw/kernel', 'dw.weight'],
      ['head/kernel', 'head.weight'],
      ['head/bias', 'head.bias'],
    ]);
  });

  test('are turned to Keras’s order of axes; a matrix behind a flattened map pixel by pixel', () => {
    const layout = (parameter: string) => matches.find((one) => one.parameter === parameter)!.layout;
    expect(layout('stem/kernel')).toEqual({ reshape: [4, 3, 3, 3], axes: [2, 3, 1, 0], shape: [3, 3, 3, 4] });
    expect(layout('dw/kernel')).toEqual({ reshape: [4, 2, 3, 3], axes: [2, 3, 0, 1], shape: [3, 3, 4, 2] });
    expect(layout('head/kernel')).toEqual({ reshape: [2, 8, 4, 4], axes: [2, 3, 1, 0], shape: [128, 2] });
    expect(layout('head/bias')).toEqual({ reshape: [2], axes: [0], shape: [2] });
  });
});

test('what does not match is listed on both sides, with shapes', () => {
  const source = [...torch.slice(1, 7), { name: 'fc.weight', dims: [10, 5] }, { name: 'head.bias', dims: [7] }];
  const matching = matchWeights(net, 'pytorch', source, {});
  expect(describeMatching(matching)).toEqual([
    'The source has nothing for 1 of the model’s weights:',
    '  stem/kernel [3, 3, 3, 4] (sought: stem/kernel, stem/depthwise_kernel, stem.weight, stem/0)',
    '1 have another shape in the source:',
    '  head/bias [2], but head.bias is [7]',
    'The model has no place for 1 of the source’s tensors:',
    '  fc.weight [10, 5]',
  ]);
  expect(refusal(matching, true)).toContain('`init.exclude`');
  expect(refusal(matching, false)).toBeNull();
  expect(refusal(matchWeights(net, 'pytorch', [{ name: 'x', dims: [1] }], {}), false)).toContain(
    'No weight of the model',
  );
});

test('excluded layers and names are left alone on both sides; included ones alone are loaded', () => {
  const source = [...torch.slice(0, 6), { name: 'head.weight', dims: [1000, 1280] }, { name: 'fc.bias', dims: [1000] }];
  const excluded = matchWeights(net, 'pytorch', source, { exclude: ['head', 'fc.*'] });
  expect(refusal(excluded, true)).toBeNull();
  expect(excluded.matches).toHaveLength(6);
  const included = matchWeights(net, 'pytorch', source, { include: ['stem*'] });
  expect(refusal(included, true)).toBeNull();
  expect(included.matches.map(({ parameter }) => parameter.split('/')[0])).toEqual([
    'stem',
    'stem_bn',
    'stem_bn',
    'stem_bn',
    'stem_bn',
  ]);
});

test('a name map leads from layers, or from single weights, to other names', () => {
  const source = torch.map(({ name, dims }) => ({ name: `net.${name.replace('stem_bn', 'norm.0')}`, dims }));
  const maps = [
    { stem_bn: 'net.norm.0', '*': 'net.*' },
    { stem_bn: 'net.norm.0', '*': 'net.*', 'head/bias': 'net.head.bias' },
  ];
  for (const name_map of maps) expect(refusal(matchWeights(net, 'pytorch', source, { name_map }), true)).toBeNull();
});

test('a checkpoint’s names and shapes are the model’s own', () => {
  const own = net.flatMap(({ parameters }) => parameters.map(({ name, shape }) => ({ name, dims: shape })));
  const matching = matchWeights(net, 'tidemark', own, {});
  expect(refusal(matching, true)).toBeNull();
  expect(matching.matches.every(({ parameter, source }) => parameter === source)).toBe(true);
});

test('Keras’s older name of a depthwise kernel', () => {
  const matching = matchWeights(net, 'tensorflow', [{ name: 'dw/depthwise_kernel', dims: [3, 3, 4, 2] }], {
    include: ['dw'],
  });
  expect(matching.matches.map(({ source }) => source)).toEqual(['dw/depthwise_kernel']);
});
