import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { compileOptions, makeBatch, type Net, relativeError, withSession } from './setup.ts';

const engine = createOnnxEngine();
const net: Net = {
  layers: [
    { type: 'Conv2D', filters: 3, kernel_size: 3 },
    { type: 'BatchNormalization' },
    { type: 'Flatten' },
    { type: 'Dense', units: 2, activation: 'softmax' },
  ],
  input: [6, 5, 2],
  loss: 'categorical_crossentropy',
  batchSize: 4,
};
const names = async (options: ReturnType<typeof compileOptions>) => {
  const session = await engine.compile(options);
  const before = await session.state();
  await session.step(makeBatch(net, 2, 4), { learningRate: 0.1 });
  const after = await session.state();
  await session.dispose();
  const changed = (name: string) => !before.tensors[name]!.data.every((v, i) => v === after.tensors[name]!.data[i]);
  const all = Object.keys(before.tensors);
  return { all, changed: all.filter(changed) };
};

test('layers that are not named as trainable have no slots and do not change, moving statistics included', async () => {
  const { all, changed } = await names({ ...compileOptions(net), trainable: ['dense'] });
  expect(all.filter((name) => name.endsWith('/rms'))).toEqual(['dense/kernel/rms', 'dense/bias/rms']);
  expect(changed).toEqual(['dense/kernel', 'dense/kernel/rms', 'dense/bias', 'dense/bias/rms']);
  expect(await names({ ...compileOptions(net), trainable: ['conv2d', 'batch_normalization', 'dense'] })).toEqual(
    await names(compileOptions(net)),
  );
  await expect(engine.compile({ ...compileOptions(net), trainable: ['dence'] })).rejects.toThrow(/no layer dence/);
});

test('initial weights are taken where they are given, and fit', async () => {
  const drawn = await engine.compile(compileOptions(net));
  const bias = Float32Array.of(0.5, -0.5);
  const given = await engine.compile({ ...compileOptions(net), initial: { 'dense/bias': bias } });
  const [a, b] = [await drawn.state(), await given.state()];
  expect([...b.tensors['dense/bias']!.data]).toEqual([0.5, -0.5]);
  expect(b.tensors['conv2d/kernel']).toEqual(a.tensors['conv2d/kernel']);
  for (const session of [drawn, given]) await session.dispose();
  const wrong = (initial: Record<string, Float32Array>) => engine.compile({ ...compileOptions(net), initial });
  await expect(wrong({ 'dense/bias': new Float32Array(3) })).rejects.toThrow(/dense\/bias are 3 numbers.*\[2\]/);
  await expect(wrong({ 'dense/gamma': bias })).rejects.toThrow(/dense\/gamma, which the model does not have/);
});

test('the moving average of the weights is evaluated and exported; before the first step it is the weights', async () => {
  const averaged: Net = { ...net, optimizer: { name: 'SGD', learning_rate: 0.5, use_ema: true, ema_momentum: 0.8 } };
  await withSession(engine, averaged, async (session) => {
    const batch = makeBatch(net, 2, 4, 9);
    expect((await session.evaluate(batch, { ema: true })).loss).toBe((await session.evaluate(batch)).loss);
    for (let i = 0; i < 3; i++) await session.step(makeBatch(net, 2, 4, i));
    const [plain, average] = [await session.evaluate(batch), await session.evaluate(batch, { ema: true })];
    expect(average.loss).not.toBeCloseTo(plain.loss, 4);
    const metadata = { classes: ['a', 'b'], rescale: 1 };
    const model = await ort.InferenceSession.create(await session.inferenceModel(metadata, { ema: true }));
    const image = new ort.Tensor('float32', batch.images as Float32Array<ArrayBuffer>, [4, ...net.input]);
    const { probabilities } = await model.run({ image });
    expect(relativeError(probabilities!.data as Float32Array, average.probabilities)).toBeLessThan(1e-5);
    await model.release();
  });
  await withSession(engine, net, async (session) => {
    await expect(session.evaluate(makeBatch(net, 2, 4), { ema: true })).rejects.toThrow(/use_ema is off/);
    const batch = { ...makeBatch(net, 2, 4), weights: Float32Array.of(1, 1) };
    await expect(session.step(batch)).rejects.toThrow(/weights are too few: 2 for 4 images/);
  });
});
