import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { validateConfig } from '@tidemark/training/validate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const conv = (name: string, more: object = {}) => ({ type: 'Conv2D', name, filters: 4, kernel_size: 3, ...more });
const end = [{ type: 'GlobalAveragePooling2D' }, { type: 'Dense', units: 1, activation: 'sigmoid' }];
const infer = (list: unknown[]) => inferShapes(z.array(LayerSpec).parse(list), [16, 16, 3]);

describe('a graph that is refused says why', () => {
  test.each([
    [
      'a misspelt input',
      [conv('stem'), conv('b', { inputs: 'stm' }), ...end],
      { index: 1, key: 'inputs', message: 'There is no layer `stm` before it', hint: 'Did you mean `stem`?' },
    ],
    [
      'an input that nothing is like',
      [{ type: 'Conv2D', filters: 4, kernel_size: 3 }, conv('b', { inputs: 'elsewhere' }), ...end],
      {
        message: 'There is no layer `elsewhere` before it',
        hint: 'Known here: `input`, `conv2d`. Give a layer a `name` to refer to it.',
      },
    ],
    [
      'an input of the first layer',
      [conv('a', { inputs: 'b' }), conv('b'), ...end],
      { index: 0, message: '`b` is layer 1, which comes later' },
    ],
    ['itself', [conv('a'), conv('b', { inputs: 'b' }), ...end], { index: 1, message: '`b` reads itself' }],
    [
      'a circle',
      [conv('a'), { type: 'Add', name: 'sum', inputs: ['a', 'c'] }, conv('c', { padding: 'same' }), ...end],
      { index: 1, message: '`c` is layer 2, which comes later', hint: /a layer reads earlier ones only/ },
    ],
    [
      'a sum of different shapes',
      [conv('a'), conv('b'), { type: 'Add', inputs: ['a', 'b'] }, ...end],
      { index: 2, key: 'inputs', message: 'Add needs inputs of one shape: `a` gives 14×14×4, `b` 12×12×4' },
    ],
    [
      'branches of different sizes',
      [conv('a'), conv('b'), { type: 'Concatenate', inputs: ['a', 'b'] }, ...end],
      { message: 'Concatenate needs inputs of the same rows and columns: `a` gives 14×14×4, `b` 12×12×4' },
    ],
    [
      'a product of a map and features',
      [conv('a'), { type: 'GlobalMaxPooling2D', name: 'g' }, { type: 'Multiply', inputs: ['a', 'g'] }, ...end],
      { message: 'Multiply needs inputs of one shape: `a` gives 14×14×4, `g` 4', hint: /keepdims|convolution/ },
    ],
    [
      'a sum of one',
      [conv('a'), { type: 'Add' }, ...end],
      { index: 1, message: 'Add joins two or more layers, but reads only the one before it' },
    ],
    [
      'two inputs of a layer that takes one',
      [conv('a'), conv('b', { inputs: ['a', 'input'] }), ...end],
      { message: 'Conv2D reads one layer, but `inputs` names 2', hint: 'Join them with Add, Multiply or Concatenate.' },
    ],
    [
      'a layer that nothing reads',
      [conv('a'), conv('aside'), conv('b', { inputs: 'a' }), ...end],
      { index: 1, key: 'name', message: 'Nothing reads `aside`, and a model has one output, its last layer' },
    ],
    [
      'two outputs',
      [conv('a'), ...end, { type: 'GlobalMaxPooling2D', inputs: 'a' }, { type: 'Dense', units: 1 }],
      { index: 2, message: 'Nothing reads `dense`, and a model has one output, its last layer' },
    ],
    [
      'groups that do not divide',
      [conv('a', { groups: 2 }), ...end],
      { key: 'groups', message: '3 channels and 4 filters cannot both be cut into 2 groups' },
    ],
    [
      'strides with dilation',
      [conv('a', { strides: 2, dilation_rate: 2 }), ...end],
      { key: 'dilation_rate', message: 'A convolution has strides or dilation, not both, as in Keras' },
    ],
    [
      'a window that is too large with its gaps',
      [conv('a', { dilation_rate: 8 }), ...end],
      { key: 'kernel_size', message: 'A 17×17 convolution needs at least 17×17 pixels, but gets 16×16' },
    ],
    [
      'one factor too few',
      [{ type: 'Rescaling', scale: [1, 2] }, conv('a'), ...end],
      { key: 'scale', message: '`scale` has 2 numbers, but there are 3 channels' },
    ],
    [
      'groups of channels that do not divide',
      [conv('a'), { type: 'GroupNormalization', groups: 3 }, ...end],
      { key: 'groups', message: '4 channels cannot be cut into 3 groups' },
    ],
    [
      'an output padding that no transposed convolution has',
      [conv('a'), { type: 'Conv2DTranspose', filters: 2, kernel_size: 3, strides: 2, output_padding: 2 }, ...end],
      { key: 'output_padding' },
    ],
  ])('%s', (_, list, expected) => {
    const { problem } = infer(list);
    expect(problem).not.toBeNull();
    for (const [key, value] of Object.entries(expected)) {
      const actual = problem![key as keyof typeof expected & keyof NonNullable<typeof problem>];
      if (value instanceof RegExp) expect(actual).toMatch(value);
      else expect(actual).toEqual(value);
    }
  });

  test('at its place in the document', () => {
    const model = { layers: [conv('stem'), conv('b', { inputs: 'stm' }), ...end] };
    const config = { data: { path: '/x', validation_split: 0.2 }, model, optimizer: 'Adam', epochs: 1 };
    const checked = validateConfig(config);
    expect(checked.ok).toBe(false);
    expect(checked.ok || checked.issues).toEqual([
      {
        path: ['model', 'layers', 1, 'inputs'],
        message: 'Layer 1 (Conv2D): There is no layer `stm` before it',
        value: 'stm',
        hint: 'Did you mean `stem`?',
      },
    ]);
  });

  test('a graph of ten thousand layers is resolved in time', () => {
    const list = Array.from({ length: 10_000 }, (_, i) => ({
      type: 'Activation',
      activation: 'relu',
      name: `a${i}`,
      ...(i ? { inputs: `a${i - 1}` } : {}),
    }));
    expect(infer([...list, ...end]).problem).toBeNull();
  });
});

describe('a graph that is taken', () => {
  test('a list without inputs is a stack', () => {
    const { layers } = infer([conv('a'), conv('b'), ...end]);
    expect(layers.map(({ from }) => from)).toEqual([[-1], [0], [1], [2]]);
  });

  test('names lead to layers, `input` to the image', () => {
    const { layers, problem } = infer([
      conv('a', { padding: 'same' }),
      conv('b', { padding: 'same', inputs: 'input' }),
      { type: 'Concatenate', inputs: ['b', 'input', 'a', 'a'] },
      ...end,
    ]);
    expect(problem).toBeNull();
    expect(layers[2]!.from).toEqual([1, -1, 0, 0]);
    expect(layers[2]!.output).toEqual([16, 16, 15]);
  });

  test('no document makes it throw', () => {
    const layer = fc.record(
      {
        type: fc.constantFrom('Conv2D', 'Add', 'Flatten', 'Concatenate', 'Multiply', 'Dense', 'UpSampling2D'),
        name: fc.constantFrom('a', 'b', 'c', 'input', 'dense'),
        inputs: fc.oneof(
          fc.constantFrom('a', 'b', 'input'),
          fc.array(fc.constantFrom('a', 'b', 'c', 'dense', 'input'), { maxLength: 3 }),
        ),
        filters: fc.constant(2),
        units: fc.constant(2),
        kernel_size: fc.constantFrom(1, 3),
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(layer, { minLength: 1, maxLength: 6 }), (layers) => {
        const config = { data: { path: '/x' }, model: { layers }, optimizer: 'Adam', epochs: 1 };
        expect(typeof validateConfig(config).ok).toBe('boolean');
      }),
      { numRuns: 300 },
    );
  });
});
