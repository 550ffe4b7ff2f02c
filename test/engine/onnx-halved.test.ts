import { PRESETS } from '@tidemark/training/presets/index';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { partsFor, threadsFor } from '@tidemark/worker/engine/onnx/parts';
import { plan } from '@tidemark/worker/engine/onnx/plan';
import { describe, expect, test } from 'vitest';
import { cases } from './cases.ts';
import { checkAgainstReference } from './conformance.ts';
import { compileOptions, makeBatch, type Net, scatter, withSession } from './setup.ts';

const halved = createOnnxEngine({ parts: 2 });

describe('batches in two halves', () => {
  test.each([
    'Dense alone',
    'several sigmoid outputs',
    'first convolution with pool',
    'plain convolutions: strides, kernels, paddings',
    'wide 3×3, same',
    'global average',
    'dropout on features and on a map',
    'dropout where a pool drops a row',
  ])('have the float64 model’s loss and gradients: %s', async (key) => {
    const net = cases[key]!;
    await checkAgainstReference(halved, net, 3); // two images and one
    await checkAgainstReference(halved, net, 1); // the second half is empty
  });

  test('have them on a second thread, too', async () => {
    await checkAgainstReference(halved, { ...cases['dropout on features and on a map']!, threads: 2 }, 3);
  });

  test('end with the same bytes on one thread and on two, resumed or not', async () => {
    const net: Net = { ...cases['dropout on features and on a map']!, batchSize: 5 };
    const run = async (threads: number, resumeAt: number) => {
      let state = await withSession(halved, { ...net, threads }, async (session) => {
        await scatter(session);
        for (let i = 0; i < resumeAt; i++) await session.step(makeBatch(net, 1, 5 - (i % 2), i));
        return session.state();
      });
      state = await withSession(halved, { ...net, threads }, async (session) => {
        await session.load(state);
        for (let i = resumeAt; i < 4; i++) await session.step(makeBatch(net, 1, 5 - (i % 2), i));
        return session.state();
      });
      return Object.values(state.tensors).map(({ data }) => Buffer.from(data.buffer).toString('base64'));
    };
    const whole = await run(2, 4);
    expect(await run(1, 4)).toEqual(whole);
    expect(await run(2, 2)).toEqual(whole);
  });

  test('a refused batch leaves the session as it was', async () => {
    const net: Net = { ...cases['Dense alone']!, threads: 2 };
    await withSession(halved, net, async (session) => {
      const batch = makeBatch(net, 1, 3);
      await expect(session.step({ ...batch, images: batch.images.subarray(0, 30) })).rejects.toThrow(/too few/);
      const before = await session.state();
      expect(before.step).toBe(0);
      await session.step(batch);
      expect((await session.state()).step).toBe(1);
    });
  });

  test('are for nets with enough work and no batch normalization, whatever the machine', () => {
    const parts = (net: Net, batchSize: number) => partsFor(plan(compileOptions(net).layers, net.input), batchSize);
    expect(parts({ layers: PRESETS.convnet(), input: [180, 180, 3] }, 32)).toBe(2);
    expect(parts(cases['Dense alone']!, 32)).toBe(1);
    const normalized: Net = { layers: [{ type: 'BatchNormalization' }, ...PRESETS.convnet()], input: [180, 180, 3] };
    expect(parts(normalized, 32)).toBe(1);
    const threads = (net: Net) => threadsFor(plan(compileOptions(net).layers, net.input), 32, 8);
    expect([threads(normalized), threads(cases['Dense alone']!)]).toEqual([8, 1]);
  });
});
