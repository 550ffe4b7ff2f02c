import { PRESETS } from '@tidemark/training/presets/index';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { expect, test } from 'vitest';
import { compileOptions, GRADIENT_PROBE, type Layers, makeBatch, type Net, withSession } from './setup.ts';

// One graph on several threads: ONNX Runtime shares out its products, and how must not show in the bytes.

const normalized = { type: 'BatchNormalization' } as const;
const flatten = { type: 'Flatten' } as const;
const conv = (filters: number, kernel_size: number, more: object = {}) =>
  ({ type: 'Conv2D', filters, kernel_size, ...more }) as const;
const dense = (units: number, more: object = {}) => ({ type: 'Dense', units, ...more }) as const;

const nets: Readonly<Record<string, { layers: Layers; size: number; count: number }>> = {
  'few images, many units': { layers: [flatten, dense(70, { activation: 'relu' }), dense(600)], size: 21, count: 5 },
  'two images, many features': { layers: [flatten], size: 150, count: 2 },
  'three images, many features': { layers: [normalized, flatten], size: 130, count: 3 },
  'first convolution into many filters': {
    layers: [conv(96, 3, { strides: 2 }), normalized, flatten],
    size: 32,
    count: 3,
  },
  'expansions by 1×1': {
    layers: [conv(16, 3, { strides: 2 }), normalized, conv(96, 1), conv(24, 1), conv(144, 1), flatten],
    size: 32,
    count: 3,
  },
  'strided 1×1 and 5×5 into small maps': {
    layers: [conv(32, 3, { strides: 4 }), conv(160, 5, { strides: 2 }), conv(200, 1, { strides: 2 }), flatten],
    size: 40,
    count: 2,
  },
  'grouped and depthwise': {
    layers: [
      conv(32, 3),
      normalized,
      { type: 'DepthwiseConv2D', kernel_size: 3 },
      conv(64, 3, { groups: 4 }),
      { type: 'SeparableConv2D', filters: 96, kernel_size: 3 },
      { type: 'GlobalAveragePooling2D' },
    ],
    size: 24,
    count: 3,
  },
};

async function digest(net: Net, outputs: number, count: number, threads: number, fast: boolean) {
  const engine = createOnnxEngine({ parts: 1, fast });
  return withSession(engine, { ...net, threads }, async (session) => {
    const { loss } = await session.step(makeBatch(net, outputs, count, 20));
    const evaluated = await session.evaluate(makeBatch(net, outputs, count, 30));
    const { tensors } = await session.state();
    return { loss, evaluated: evaluated.loss, tensors };
  });
}

async function same(net: Net, outputs: number, count: number, fast = true): Promise<void> {
  const one = await digest(net, outputs, count, 1, fast);
  for (const threads of [2, 3, 5]) {
    const more = await digest(net, outputs, count, threads, fast);
    const differ = Object.keys(one.tensors).filter((name) => {
      const bytes = (state: typeof one) => Buffer.from(state.tensors[name]!.data.buffer);
      return !bytes(one).equals(bytes(more));
    });
    expect({ threads, differ, loss: more.loss, evaluated: more.evaluated }).toEqual({
      threads,
      differ: [],
      loss: one.loss,
      evaluated: one.evaluated,
    });
  }
}

test.each(Object.entries(nets))('one to five threads, one result: %s', async (_, { layers, size, count }) => {
  const net: Net = {
    layers: [...layers, dense(3, { activation: 'softmax' })],
    input: [size, size, 3],
    loss: 'categorical_crossentropy',
    batchSize: count,
    optimizer: GRADIENT_PROBE,
  };
  await same(net, 3, count);
  await same(net, 3, count, false);
});

test.each(['resnet-small', 'mini-xception', 'mobilenet-v2'] as const)('the preset %s', async (preset) => {
  const layers = PRESETS[preset]();
  const net: Net = { layers, input: [64, 64, 3], batchSize: 3, optimizer: GRADIENT_PROBE };
  expect(compileOptions(net).layers.length).toBeGreaterThan(10);
  await same(net, 1, 3);
});
