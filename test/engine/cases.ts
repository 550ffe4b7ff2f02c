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
const relu = { activation: 'relu' };
const same = { padding: 'same' };

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
};
