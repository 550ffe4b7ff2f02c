import type { Layers, Net } from './setup.ts';

type Layer = Layers[number];

const conv = (name: string, filters: number, kernel_size: number, more: object = {}): Layer => ({
  type: 'Conv2D',
  name,
  filters,
  kernel_size,
  ...more,
});
const relu = (name: string): Layer => ({ type: 'Activation', name, activation: 'relu' });
const norm = (name: string): Layer => ({ type: 'BatchNormalization', name, momentum: 0.9 });
const add = (...inputs: string[]): Layer => ({ type: 'Add', inputs });
const same = { padding: 'same' };
const flatten: Layer = { type: 'Flatten' };
const average: Layer = { type: 'GlobalAveragePooling2D' };
const sigmoid: Layer = { type: 'Dense', units: 1, activation: 'sigmoid' };

/** Nets with several inputs a layer and several readers of a result. */
export const graphCases: Readonly<Record<string, Net>> = {
  'residual, plain convolutions': {
    layers: [conv('a', 4, 3), conv('b', 4, 3, same), add('a', 'b'), relu('c'), flatten, sigmoid],
    input: [7, 6, 2],
  },
  'residual, transformed convolutions with other stored columns': {
    layers: [
      conv('a', 16, 3, { activation: 'relu' }),
      conv('b', 16, 3, { ...same, activation: 'relu' }),
      conv('c', 16, 3, same),
      add('a', 'c'),
      relu('d'),
      conv('e', 17, 3),
      { type: 'MaxPooling2D', name: 'f' },
      conv('g', 17, 3, same),
      add('g', 'f', 'g'),
      flatten,
      sigmoid,
    ],
    input: [19, 11, 2],
    batchSize: 2,
  },
  'a transformed convolution and its pool, both read': {
    layers: [
      conv('a', 16, 3),
      conv('b', 16, 3, { activation: 'relu' }),
      { type: 'MaxPooling2D', name: 'p' },
      conv('s', 16, 3, { strides: 2, inputs: 'b' }),
      add('p', 's'),
      average,
      sigmoid,
    ],
    // The pool reads an even number of rows, the other reader one more.
    input: [15, 15, 2],
    batchSize: 2,
  },
  'branches joined along channels': {
    layers: [
      conv('stem', 5, 3, { activation: 'relu' }),
      conv('one', 3, 1, { inputs: 'stem' }),
      conv('three', 4, 3, { ...same, inputs: 'stem' }),
      { type: 'MaxPooling2D', name: 'pool', pool_size: 3, strides: 1, padding: 'same', inputs: 'stem' },
      { type: 'Concatenate', inputs: ['one', 'stem', 'three', 'pool'] },
      conv('last', 3, 2),
      flatten,
      sigmoid,
    ],
    input: [8, 7, 2],
  },
  'transformed convolutions joined along channels': {
    layers: [
      conv('stem', 16, 3),
      conv('a', 16, 3, { ...same, inputs: 'stem' }),
      conv('b', 20, 3, { ...same, inputs: 'stem' }),
      { type: 'Concatenate', inputs: ['a', 'b'] },
      conv('c', 16, 3),
      average,
      sigmoid,
    ],
    input: [11, 12, 2],
    batchSize: 2,
  },
  'a gate of each channel, and one the other way round': {
    layers: [
      conv('x', 6, 3, { activation: 'relu' }),
      { type: 'GlobalAveragePooling2D', name: 'mean', keepdims: true },
      conv('squeeze', 3, 1, { activation: 'silu' }),
      conv('gate', 6, 1, { activation: 'sigmoid' }),
      { type: 'Multiply', name: 'gated', inputs: ['x', 'gate'] },
      conv('y', 16, 3, same),
      conv('z', 16, 3, same),
      { type: 'GlobalMaxPooling2D', name: 'top', keepdims: true },
      { type: 'Multiply', name: 'other', inputs: ['top', 'z'] },
      { type: 'Add', name: 'lifted', inputs: ['top', 'other'] },
      flatten,
      sigmoid,
    ],
    input: [8, 9, 2],
  },
  'features added, multiplied and joined': {
    layers: [
      { type: 'Flatten', name: 'x' },
      { type: 'Dense', name: 'a', units: 5, activation: 'tanh' },
      { type: 'Dense', name: 'b', units: 5, inputs: 'x' },
      { type: 'Add', name: 'sum', inputs: ['a', 'b'] },
      { type: 'Multiply', name: 'product', inputs: ['a', 'b', 'sum'] },
      { type: 'Concatenate', inputs: ['sum', 'x', 'product'] },
      sigmoid,
    ],
    input: [3, 2, 2],
  },
  'one result twice': {
    layers: [
      conv('a', 3, 2),
      { type: 'Multiply', name: 'square', inputs: ['a', 'a'] },
      add('square', 'square', 'a'),
      { type: 'Concatenate', name: 'twice', inputs: ['a', 'a'] },
      { type: 'Add', name: 'two', inputs: ['add', 'a'] },
      { type: 'Concatenate', inputs: ['two', 'twice'] },
      flatten,
      sigmoid,
    ],
    input: [5, 6, 2],
  },
  'the image read by several': {
    layers: [
      conv('a', 4, 3, { strides: 2, padding: 'same' }),
      { type: 'AveragePooling2D', name: 'b', inputs: 'input', padding: 'same' },
      conv('c', 4, 1, { inputs: 'b' }),
      add('a', 'c'),
      { type: 'Dropout', rate: 0.25 },
      flatten,
      sigmoid,
    ],
    input: [9, 8, 3],
  },
  'readers that need more and fewer rows': {
    layers: [
      conv('x', 4, 2, { activation: 'relu' }),
      { type: 'MaxPooling2D', name: 'two' },
      { type: 'MaxPooling2D', name: 'three', pool_size: 3, inputs: 'x' },
      { type: 'GlobalMaxPooling2D', name: 'a', inputs: 'two' },
      { type: 'GlobalAveragePooling2D', name: 'b', inputs: 'three' },
      norm('whole'),
      { type: 'Dense', name: 'unit', units: 4, inputs: 'a', activation: 'relu' },
      { type: 'Concatenate', inputs: ['unit', 'whole', 'a'] },
      sigmoid,
    ],
    input: [12, 9, 2],
  },
  'a pool drops a row of a sum': {
    layers: [
      conv('a', 3, 2),
      conv('b', 3, 3, same),
      add('a', 'b'),
      norm('n'),
      { type: 'Concatenate', name: 'c', inputs: ['n', 'b'] },
      { type: 'SpatialDropout2D', rate: 0.3 },
      { type: 'MaxPooling2D', pool_size: [2, 3] },
      flatten,
      sigmoid,
    ],
    input: [6, 6, 2],
  },
  'a block of separable convolutions': {
    layers: [
      conv('x', 8, 5, { use_bias: false }),
      norm('n1'),
      relu('r1'),
      { type: 'SeparableConv2D', filters: 16, kernel_size: 3, padding: 'same', use_bias: false },
      norm('n2'),
      relu('r2'),
      { type: 'SeparableConv2D', filters: 16, kernel_size: 3, padding: 'same', use_bias: false },
      { type: 'MaxPooling2D', name: 'p', pool_size: 3, strides: 2, padding: 'same' },
      conv('shortcut', 16, 1, { strides: 2, padding: 'same', use_bias: false, inputs: 'x' }),
      add('p', 'shortcut'),
      average,
      sigmoid,
    ],
    input: [14, 13, 3],
  },
  'strided points of many strips and stored columns': {
    layers: [
      conv('a', 16, 3),
      conv('b', 16, 3),
      conv('p', 5, 1, { strides: 2, padding: 'same' }),
      conv('q', 5, 1, { strides: [2, 2], inputs: 'b', activation: 'relu' }),
      conv('r', 5, 1, { strides: [9, 2], inputs: 'b', use_bias: false }),
      add('p', 'q'),
      { type: 'GlobalAveragePooling2D', name: 'm' },
      { type: 'GlobalMaxPooling2D', name: 'n', inputs: 'r' },
      { type: 'Concatenate', inputs: ['m', 'n'] },
      sigmoid,
    ],
    input: [21, 11, 2],
    batchSize: 2,
  },
  'rescaling of patches: padding stays zero, a factor for each channel': {
    layers: [
      { type: 'Rescaling', scale: [2, 0.5, -1], offset: [-1, 0.5, 3] },
      conv('a', 4, 3, { padding: 'same', strides: 2, activation: 'relu' }),
      { type: 'MaxPooling2D' },
      flatten,
      sigmoid,
    ],
    input: [11, 12, 3],
  },
  'inverted residual': {
    layers: [
      { type: 'Rescaling', scale: 2, offset: -1 },
      conv('stem', 4, 3, { strides: 2, padding: 'same', use_bias: false }),
      norm('stem_n'),
      { type: 'Activation', name: 'x', activation: 'relu6' },
      conv('expand', 12, 1, { use_bias: false }),
      norm('expand_n'),
      { type: 'Activation', activation: 'relu6' },
      { type: 'DepthwiseConv2D', kernel_size: 3, padding: 'same', use_bias: false },
      norm('depth_n'),
      { type: 'Activation', activation: 'relu6' },
      conv('project', 4, 1, { use_bias: false }),
      norm('project_n'),
      add('x', 'project_n'),
      average,
      sigmoid,
    ],
    input: [11, 12, 3],
  },
  'a branch that does not learn': {
    layers: [
      conv('a', 4, 3, { trainable: false }),
      { type: 'BatchNormalization', name: 'n', trainable: false },
      conv('b', 4, 3, { ...same, inputs: 'n' }),
      conv('c', 4, 3, { ...same, inputs: 'n', trainable: false }),
      add('b', 'c', 'n'),
      conv('d', 3, 2, { trainable: false, activation: 'relu' }),
      flatten,
      sigmoid,
    ],
    input: [7, 8, 2],
  },
};
