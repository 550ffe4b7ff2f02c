import type { Activation } from '@tidemark/training/layers/arguments';
import { graphCases } from './graph-cases.ts';
import type { Net } from './setup.ts';

const flatten = { type: 'Flatten' } as const;
const sigmoid = { type: 'Dense', units: 1, activation: 'sigmoid' } as const;
const softmax = { type: 'Dense', units: 3, activation: 'softmax' } as const;
const categorical = 'categorical_crossentropy' as const;
const conv = (filters: number, kernel_size: number | [number, number], more: object = {}) => ({
  type: 'Conv2D' as const,
  filters,
  kernel_size,
  ...more,
});
const max = (pool_size: number | [number, number], more: object = {}) => ({
  type: 'MaxPooling2D' as const,
  pool_size,
  ...more,
});
const average = (pool_size: number | [number, number], more: object = {}) => ({
  type: 'AveragePooling2D' as const,
  pool_size,
  ...more,
});
const depthwise = (kernel_size: number | [number, number], more: object = {}) => ({
  type: 'DepthwiseConv2D' as const,
  kernel_size,
  ...more,
});
/** An activation of a map, of features, and of numbers large enough to reach its ends. */
const activated = (activation: Activation): Net['layers'] => [
  conv(4, 2, { activation }),
  { type: 'Rescaling', scale: 8 },
  { type: 'Activation', activation },
  flatten,
  { type: 'Dense', units: 5, activation },
  sigmoid,
];
const relu = { activation: 'relu' };
const same = { padding: 'same' as const };

/** One net per layer, option and pair of neighbours worth telling apart. */
export const cases: Readonly<Record<string, Net>> = {
  'Dense alone': { layers: [flatten, sigmoid], input: [4, 3, 2] },
  'Dense without bias, linear and sigmoid Activation': {
    layers: [
      flatten,
      { type: 'Dense', units: 5, use_bias: false, activation: 'sigmoid' },
      { type: 'Dense', units: 1 },
      { type: 'Activation', activation: 'sigmoid' },
    ],
    input: [4, 3, 2],
  },
  'Dense, softmax inside': {
    layers: [flatten, { type: 'Dense', units: 6, activation: 'softmax' }, softmax],
    input: [4, 3, 2],
    loss: categorical,
  },
  'Dense on a feature map': {
    layers: [
      { type: 'Dense', units: 4, activation: 'relu' },
      conv(3, 3),
      { type: 'Dense', units: 2 },
      flatten,
      sigmoid,
    ],
    input: [5, 6, 3],
  },
  'several sigmoid outputs': {
    layers: [flatten, { type: 'Dense', units: 3, activation: 'sigmoid' }],
    input: [4, 3, 2],
  },
  'probabilities without logits, binary': {
    layers: [
      flatten,
      { type: 'Dense', units: 1, activation: 'sigmoid' },
      { type: 'BatchNormalization', momentum: 0.5 },
      { type: 'Activation', activation: 'softmax' },
      { type: 'Dense', units: 4, activation: 'softmax' },
    ],
    input: [4, 3, 2],
  },
  'first convolution': { layers: [conv(4, 3, relu), flatten, sigmoid], input: [7, 6, 3] },
  'first convolution with pool': { layers: [conv(4, 3, relu), max(2), flatten, sigmoid], input: [9, 8, 3] },
  'first convolution, same, stride, pool': {
    layers: [conv(4, [5, 3], { ...same, strides: [2, 1], ...relu }), max(2), flatten, sigmoid],
    input: [11, 8, 3],
  },
  'first convolution, no bias, linear': {
    layers: [conv(4, 2, { use_bias: false }), max(2), flatten, sigmoid],
    input: [7, 7, 1],
  },
  'plain convolutions: strides, kernels, paddings': {
    layers: [
      conv(3, 3),
      conv(4, [5, 2], { ...same, strides: [2, 3] }),
      conv(3, [2, 4], { strides: [1, 2], ...relu }),
      flatten,
      sigmoid,
    ],
    input: [13, 22, 2],
  },
  'stride beyond the kernel': {
    layers: [conv(3, 3), conv(4, [1, 2], { strides: [2, 3], ...same }), flatten, sigmoid],
    input: [9, 11, 2],
  },
  'even kernels, same': {
    layers: [conv(3, 2, same), conv(4, 4, { ...same, ...relu }), flatten, sigmoid],
    input: [6, 7, 2],
  },
  '1×1 convolutions': {
    layers: [conv(8, 1, relu), conv(5, 1, { use_bias: false }), flatten, sigmoid],
    input: [5, 4, 3],
  },
  'wide 3×3, valid': {
    layers: [conv(16, 3, relu), conv(16, 3, relu), conv(16, 3), flatten, sigmoid],
    input: [14, 13, 2],
  },
  'wide 3×3, same': {
    layers: [conv(16, 3, relu), conv(17, 3, { ...same, ...relu }), conv(16, 3, same), flatten, sigmoid],
    input: [9, 12, 2],
  },
  'wide 3×3, many tiles and pools that drop a row': {
    layers: [conv(16, 3, relu), max(2), conv(18, 3, relu), max(2), conv(16, 3, relu), max(2), flatten, sigmoid],
    input: [47, 39, 2],
    batchSize: 2,
  },
  'wide 3×3, same, with pools, no bias': {
    layers: [
      conv(16, 3, { ...same, ...relu }),
      conv(16, 3, { ...same, use_bias: false }),
      max(2),
      conv(16, 3, { ...same, ...relu }),
      max(2),
      flatten,
      sigmoid,
    ],
    input: [21, 26, 2],
    batchSize: 2,
  },
  'wide 3×3 into everything that wants natural columns': {
    layers: [
      conv(16, 3, relu),
      conv(16, 3, relu),
      max(2),
      { type: 'Dropout', rate: 0.3 },
      conv(16, 3),
      { type: 'BatchNormalization' },
      average(2, { strides: 1 }),
      conv(16, 3, same),
      max(3, { strides: 1 }),
      conv(4, 2),
      { type: 'GlobalAveragePooling2D' },
      sigmoid,
    ],
    input: [30, 29, 2],
    batchSize: 2,
  },
  'very wide 3×3 (large tiles)': {
    layers: [conv(128, 1), conv(16, 3, relu), max(2), flatten, sigmoid],
    input: [20, 14, 2],
    batchSize: 1,
  },
  'maximum: overlapping, same': {
    layers: [conv(3, 2), max(3, { strides: 2, ...same }), flatten, sigmoid],
    input: [9, 8, 2],
  },
  'maximum: rectangular, gaps, dropped rows': {
    layers: [conv(3, 2), max([2, 1], { strides: [3, 2] }), flatten, sigmoid],
    input: [10, 8, 2],
  },
  'average: overlapping, same': {
    layers: [conv(3, 2), average(3, { strides: 2, ...same }), flatten, sigmoid],
    input: [9, 8, 2],
  },
  'average: valid, dropped rows': { layers: [conv(3, 2), average([2, 3]), flatten, sigmoid], input: [10, 12, 2] },
  'pools first': { layers: [max(2), average(2, { strides: 1 }), conv(3, 2), flatten, sigmoid], input: [9, 8, 2] },
  'global average': {
    layers: [conv(3, 2, relu), { type: 'GlobalAveragePooling2D' }, softmax],
    input: [6, 7, 2],
    loss: categorical,
  },
  'softmax over channels inside': {
    layers: [conv(3, 2, { activation: 'softmax' }), conv(2, 2), flatten, sigmoid],
    input: [5, 5, 2],
  },
  'dropout on features and on a map': {
    layers: [
      conv(4, 2, relu),
      { type: 'Dropout', rate: 0.25 },
      conv(3, 2),
      flatten,
      { type: 'Dropout', rate: 0.5 },
      sigmoid,
    ],
    input: [6, 5, 2],
  },
  'dropout where a pool drops a row': {
    layers: [conv(4, 2, relu), { type: 'Dropout', rate: 0.25 }, max(2), flatten, sigmoid],
    input: [6, 6, 2],
  },
  'batch normalization on maps and features': {
    layers: [
      { type: 'BatchNormalization' },
      conv(4, 2),
      { type: 'BatchNormalization', momentum: 0.8, epsilon: 1e-2 },
      { type: 'Activation', activation: 'relu' },
      flatten,
      { type: 'Dense', units: 5 },
      { type: 'BatchNormalization' },
      sigmoid,
    ],
    input: [5, 6, 2],
    batchSize: 4,
  },
  'batch normalization and dropout where a pool drops a row': {
    layers: [
      { type: 'BatchNormalization' },
      { type: 'Dropout', rate: 0.25 },
      max([2, 1]),
      { type: 'BatchNormalization' },
      flatten,
      sigmoid,
    ],
    input: [5, 5, 1],
  },
  'batch normalization where a pool drops a row': {
    layers: [conv(4, 2), { type: 'BatchNormalization', momentum: 0.8 }, max(2), flatten, sigmoid],
    input: [6, 6, 2],
  },
  'groups and dilation': {
    layers: [
      conv(6, 3, { ...same, dilation_rate: [2, 1], ...relu }),
      conv(4, [3, 2], { groups: 2, strides: [2, 1] }),
      conv(8, 3, { groups: 4, ...same, dilation_rate: 2, use_bias: false }),
      flatten,
      sigmoid,
    ],
    input: [11, 9, 3],
  },
  'depthwise: strides, multiplier, bias': {
    layers: [
      conv(5, 2),
      depthwise(3, { ...same, ...relu }),
      depthwise([3, 2], { strides: 2, depth_multiplier: 2 }),
      depthwise(5, { ...same, strides: 2, use_bias: false }),
      flatten,
      sigmoid,
    ],
    input: [15, 16, 3],
  },
  'depthwise: dilation, even kernels, first': {
    layers: [
      depthwise(3, { ...same, dilation_rate: [2, 3], depth_multiplier: 3 }),
      depthwise(2, same),
      depthwise([1, 4], { dilation_rate: [1, 2] }),
      flatten,
      sigmoid,
    ],
    input: [9, 13, 2],
  },
  'separable convolutions with batch normalization': {
    layers: [
      conv(16, 3, relu),
      { type: 'SeparableConv2D', filters: 16, kernel_size: 3, ...same, use_bias: false },
      { type: 'BatchNormalization', momentum: 0.9 },
      { type: 'Activation', activation: 'relu' },
      { type: 'SeparableConv2D', filters: 5, kernel_size: 3, strides: 2, depth_multiplier: 2, activation: 'relu' },
      flatten,
      sigmoid,
    ],
    input: [12, 11, 2],
  },
  'depthwise behind a transformed convolution': {
    layers: [conv(16, 3), depthwise(3, same), conv(16, 3), { type: 'LayerNormalization' }, flatten, sigmoid],
    input: [14, 13, 16],
    batchSize: 2,
  },
  'transposed convolutions': {
    layers: [
      conv(4, 3, relu),
      { type: 'Conv2DTranspose', filters: 3, kernel_size: 3, strides: 2, ...same, activation: 'relu' },
      { type: 'Conv2DTranspose', filters: 4, kernel_size: [2, 3], strides: [3, 1], use_bias: false },
      { type: 'Conv2DTranspose', filters: 2, kernel_size: 3, strides: 2, ...same, output_padding: [1, 0] },
      { type: 'Conv2DTranspose', filters: 2, kernel_size: 3, dilation_rate: 2, ...same },
      flatten,
      sigmoid,
    ],
    input: [6, 5, 2],
  },
  'up-sampling, nearest and bilinear': {
    layers: [
      conv(3, 2, relu),
      { type: 'UpSampling2D', size: [2, 3] },
      conv(2, 3),
      { type: 'UpSampling2D', size: [3, 2], interpolation: 'bilinear' },
      conv(2, 3),
      flatten,
      sigmoid,
    ],
    input: [5, 4, 2],
  },
  'up-sampling behind a transformed convolution': {
    layers: [
      conv(16, 3),
      conv(16, 3),
      { type: 'UpSampling2D', interpolation: 'bilinear' },
      conv(16, 3),
      { type: 'UpSampling2D' },
      conv(2, 3),
      flatten,
      sigmoid,
    ],
    input: [9, 10, 2],
    batchSize: 1,
  },
  'zero padding': {
    layers: [
      {
        type: 'ZeroPadding2D',
        padding: [
          [0, 1],
          [2, 0],
        ],
      },
      conv(3, 3, { strides: 2 }),
      { type: 'ZeroPadding2D' },
      depthwise(3, { strides: 2 }),
      { type: 'ZeroPadding2D', padding: [1, 2] },
      max(2),
      flatten,
      sigmoid,
    ],
    input: [9, 8, 2],
  },
  'global maximum, pixels kept': {
    layers: [
      conv(4, 3, relu),
      { type: 'GlobalMaxPooling2D', keepdims: true },
      conv(5, 1, { activation: 'tanh' }),
      { type: 'GlobalAveragePooling2D', keepdims: true },
      flatten,
      sigmoid,
    ],
    input: [6, 7, 2],
  },
  'batch normalization without center or scale': {
    layers: [
      conv(3, 2),
      { type: 'BatchNormalization', center: false },
      conv(3, 2),
      { type: 'BatchNormalization', scale: false },
      conv(3, 2),
      { type: 'BatchNormalization', center: false, scale: false, momentum: 0.7 },
      flatten,
      sigmoid,
    ],
    input: [7, 6, 2],
  },
  'batch normalization that does not learn': {
    layers: [
      conv(3, 2),
      { type: 'BatchNormalization', trainable: false },
      conv(3, 2),
      { type: 'BatchNormalization', trainable: false, scale: false },
      flatten,
      sigmoid,
    ],
    input: [6, 6, 2],
  },
  'batch normalization far from zero': {
    layers: [
      { type: 'Rescaling', scale: 1, offset: [3, -2] },
      { type: 'BatchNormalization' },
      conv(3, 2),
      flatten,
      sigmoid,
    ],
    input: [6, 6, 2],
  },
  'layer normalization': {
    layers: [
      conv(5, 2, relu),
      { type: 'LayerNormalization' },
      conv(4, 2),
      { type: 'LayerNormalization', center: false, scale: false, epsilon: 1e-5 },
      max(2),
      flatten,
      { type: 'Dense', units: 6 },
      { type: 'LayerNormalization', scale: false },
      sigmoid,
    ],
    input: [8, 6, 2],
  },
  'group normalization': {
    layers: [
      conv(6, 2, relu),
      { type: 'GroupNormalization', groups: 3 },
      conv(4, 2),
      { type: 'GroupNormalization', groups: -1, center: false },
      max(2),
      conv(4, 2),
      { type: 'GroupNormalization', groups: 1, scale: false },
      flatten,
      { type: 'Dense', units: 6 },
      { type: 'GroupNormalization', groups: 2 },
      sigmoid,
    ],
    input: [9, 8, 2],
  },
  'spatial dropout': {
    layers: [
      conv(6, 2, relu),
      { type: 'SpatialDropout2D', rate: 0.4 },
      conv(16, 3, same),
      { type: 'SpatialDropout2D', rate: 0.25 },
      flatten,
      sigmoid,
    ],
    input: [6, 5, 2],
  },
  rescaling: {
    layers: [
      { type: 'Rescaling', scale: 2, offset: -1 },
      conv(3, 2),
      { type: 'Rescaling', scale: [0.5, 2, -1], offset: [0, 0.25, 0] },
      flatten,
      { type: 'Dense', units: 2 },
      { type: 'Rescaling', scale: 3 },
      sigmoid,
    ],
    input: [5, 4, 2],
  },
  'activation relu': { layers: activated('relu'), input: [5, 6, 2] },
  'activation relu6': { layers: activated('relu6'), input: [5, 6, 2] },
  'activation leaky_relu': { layers: activated('leaky_relu'), input: [5, 6, 2] },
  'activation elu': { layers: activated('elu'), input: [5, 6, 2] },
  'activation gelu': { layers: activated('gelu'), input: [5, 6, 2] },
  'activation silu': { layers: activated('silu'), input: [5, 6, 2] },
  'activation hard_swish': { layers: activated('hard_swish'), input: [5, 6, 2] },
  'activation softmax': { layers: activated('softmax'), input: [5, 6, 2] },
  'activation sigmoid': { layers: activated('sigmoid'), input: [5, 6, 2] },
  'activation tanh': { layers: activated('tanh'), input: [5, 6, 2] },
  ...graphCases,
};
