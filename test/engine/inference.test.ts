import { fromBinary } from '@bufbuild/protobuf';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { plan } from '@tidemark/worker/engine/onnx/plan';
import { ModelProtoSchema, type ValueInfoProto } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { cases } from './cases.ts';
import { compileOptions, makeBatch, type Net, type NetSession, relativeError, scatter, withSession } from './setup.ts';

const engine = createOnnxEngine();
const metadata = { classes: ['cats', 'dogs "and" others'], rescale: 1 / 255 };

const outputsOf = (net: Net) => plan(compileOptions(net).layers, net.input).outputs;

async function exported(session: NetSession, net: Net) {
  await scatter(session);
  // Probabilities after a step, so that moving statistics and weights are all in play.
  await session.step(makeBatch(net, outputsOf(net), net.batchSize ?? 3, 5));
  return session.inferenceModel(metadata);
}

/** The exported normalization is x · a + b: of values far from zero, the difference keeps fewer digits. */
const TOLERANCE: Readonly<Record<string, number>> = { 'batch normalization far from zero': 1e-4 };

describe('the inference model', () => {
  test.each(Object.entries(cases))('has the probabilities of evaluate(): %s', async (name, net) => {
    await withSession(engine, net, async (session) => {
      const count = net.batchSize ?? 3;
      const model = await ort.InferenceSession.create(await exported(session, net), { logSeverityLevel: 3 });
      expect(model.inputNames).toEqual(['image']);
      expect(model.outputNames).toEqual(['probabilities']);
      const batch = makeBatch(net, outputsOf(net), count, 9);
      // Whole bytes, as an application has them: 0–255 goes into the model, 0–1 into the engine.
      const bytes = batch.images.map((v) => Math.floor(v * 256));
      const image = new ort.Tensor('float32', bytes, [count, ...net.input]);
      const { probabilities } = await model.run({ image });
      const expected = await session.evaluate({ ...batch, images: bytes.map((v) => v / 255) });
      expect(relativeError(probabilities!.data as Float32Array, expected.probabilities)).toBeLessThan(
        TOLERANCE[name] ?? 1e-5,
      );
      await model.release();
    });
  });

  test('is standard ONNX with classes, input size and rescale in its metadata', async () => {
    const net = cases['batch normalization on maps and features']!;
    await withSession(engine, net, async (session) => {
      const model = fromBinary(ModelProtoSchema, await exported(session, net));
      expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 17n]]);
      expect(model.irVersion).toBe(8n);
      const entries = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
      expect(JSON.parse(entries.classes ?? '')).toEqual(metadata.classes);
      expect(JSON.parse(entries.input_size ?? '')).toEqual([5, 6, 2]);
      expect(Number(entries.rescale)).toBe(1 / 255);
      const dims = (value: ValueInfoProto) =>
        value?.type?.value.case === 'tensorType' ? value.type.value.value.shape?.dim.map((d) => d.value.value) : [];
      expect(model.graph?.input.map((i) => [i.name, dims(i)])).toEqual([['image', ['N', 5n, 6n, 2n]]]);
      expect(model.graph?.output.map((o) => [o.name, dims(o)])).toEqual([['probabilities', ['N', 1n]]]);
      const { tensors } = await session.state();
      const stored = model.graph?.initializer.find(({ name }) => name === 'dense/kernel');
      expect(stored?.dims).toEqual(tensors['dense/kernel']!.dims.map(BigInt));
      const { data } = tensors['dense/kernel']!;
      expect(
        Buffer.from(stored?.rawData ?? []).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
      ).toBe(true);
      const epsilons = model.graph?.node.filter((n) => n.opType === 'BatchNormalization').map((n) => n.attribute[0]?.f);
      expect(epsilons).toEqual([1e-3, 1e-2, 1e-3].map(Math.fround));
    });
  });
});
