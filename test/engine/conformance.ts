import { readFileSync } from 'node:fs';
import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import { LayerSpec } from '@tidemark/training/layers/spec';
import type { Engine } from '@tidemark/worker/engine/engine';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cases } from './cases.ts';
import { uniform, uniforms } from './numbers.ts';
import { derivative, type ReferenceOptions, reference } from './reference.ts';
import {
  compileOptions,
  GRADIENT_PROBE,
  makeBatch,
  type Net,
  product,
  relativeError,
  scatter,
  weightsOf,
  withSession,
} from './setup.ts';

const Fixtures = z.object({
  cases: z.array(
    z.object({
      name: z.string(),
      layers: z.array(LayerSpec),
      input: z.tuple([z.number(), z.number(), z.number()]),
      optimizer: OptimizerConfig,
      batches: z.array(z.number()),
      loss: z.enum(['binary_crossentropy', 'categorical_crossentropy']),
      losses: z.array(z.number()),
      probabilities: z.string(),
      weights: z.array(z.object({ name: z.string(), dims: z.array(z.number()), data: z.string() })),
    }),
  ),
});
type Fixture = z.output<typeof Fixtures>['cases'][number];

const fixtures = Fixtures.parse(JSON.parse(readFileSync(new URL('fixtures/keras.json', import.meta.url), 'utf8')));

const decode = (base64: string): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);

const outputsOf = (net: Net): number => {
  const dense = net.layers.findLast((layer) => layer.type === 'Dense');
  return dense?.type === 'Dense' ? dense.units : 1;
};

const referenceOptions = (net: Net, training: boolean): ReferenceOptions => {
  const { layers, input, loss, seed } = compileOptions(net);
  return { layers, input, loss, seed, training, step: 0 };
};

/** Checks loss, probabilities, moving statistics and a few derivatives per tensor against the float64 model. */
export async function checkAgainstReference(
  engine: Engine,
  net: Net,
  count: number,
  /** What float32 may leave of a gradient that is a sum which cancels: per-image terms of order 0.1. */
  rounding = 1e-6,
): Promise<void> {
  const probed: Net = { ...net, optimizer: GRADIENT_PROBE };
  await withSession(engine, probed, async (session) => {
    const before = await scatter(session);
    const weights = weightsOf(before);
    const batch = makeBatch(net, outputsOf(net), count);

    const evaluated = await session.evaluate(batch);
    const still = reference(referenceOptions(net, false), weights, batch.images, batch.labels, count);
    expect(relativeError(evaluated.probabilities, still.probabilities)).toBeLessThan(1e-5);
    expect(evaluated.loss).toBeCloseTo(still.loss, 5);

    const stepped = await session.step(batch);
    const options = referenceOptions(net, true);
    const trained = reference(options, weights, batch.images, batch.labels, count);
    expect(relativeError(stepped.probabilities, trained.probabilities)).toBeLessThan(1e-5);
    expect(stepped.loss).toBeCloseTo(trained.loss, 5);

    const after = await session.state();
    expect(after.step).toBe(1);
    for (const [name, expected] of Object.entries(trained.updates)) {
      expect(relativeError(after.tensors[name]!.data, expected, 0.1), name).toBeLessThan(1e-5);
    }
    const slots = Object.entries(after.tensors).filter(([name]) => name.endsWith('/momentum'));
    // A bias before a normalization has a gradient of zero, which only a scale of the whole net can judge.
    const largest = Math.max(...slots.map(([, { data }]) => data.reduce((a, v) => Math.max(a, Math.abs(v)), 0)));
    const most = product(net.input) * slots.length > 5000 ? 2 : 4;
    let compared = 0;
    Object.keys(before.tensors).forEach((name, stream) => {
      const slot = after.tensors[`${name}/momentum`];
      if (!slot) return;
      const scale = slot.data.reduce((a, v) => Math.max(a, Math.abs(v)), 0.01 * largest);
      const size = slot.data.length;
      for (let k = 0; k < Math.min(most, size); k++) {
        const index = size <= most ? k : Math.floor(uniform(900 + stream, k) * size);
        const expected = derivative(options, weights, [name, index], batch, trained);
        if (expected === null) continue;
        const error = Math.abs(-slot.data[index]! - expected);
        expect(error, `${name}[${index}]`).toBeLessThan(2e-4 * scale + rounding);
        compared++;
      }
    });
    expect(compared).toBeGreaterThan(0);
  });
}

async function checkAgainstKeras(engine: Engine, fixture: Fixture): Promise<void> {
  const net: Net = { ...fixture, batchSize: Math.max(...fixture.batches) };
  await withSession(engine, net, async (session) => {
    const state = await session.state();
    fixture.weights.forEach(({ name, dims }, i) => {
      const { data } = state.tensors[name]!;
      expect(state.tensors[name]!.dims).toEqual(dims);
      const kind = name.split('/').at(-1);
      const spread = Math.sqrt(3 / product(dims.slice(0, -1)));
      uniforms(100 + i, data.length).forEach((u, k) => {
        if (kind?.endsWith('kernel')) data[k] = (2 * u - 1) * spread;
        else if (kind === 'gamma' || kind === 'moving_variance') data[k] = 0.75 + u / 2;
        else data[k] = (u - 0.5) / 5;
      });
    });
    await session.load(state);
    const classes = outputsOf(net);
    const batch = (step: number, count: number) => {
      const images = uniforms(1 + step, count * product(fixture.input));
      const chosen = [...uniforms(50 + step, count)].map((u) => Math.floor(u * Math.max(classes, 2)));
      const labels = new Float32Array(count * classes);
      chosen.forEach((c, i) => {
        if (classes === 1) labels[i] = c;
        else labels[i * classes + c] = 1;
      });
      return { images, labels, count };
    };
    for (const [step, count] of fixture.batches.entries()) {
      const { loss } = await session.step(batch(step, count));
      expect(loss, `loss of step ${step}`).toBeCloseTo(fixture.losses[step]!, 5);
    }
    const { probabilities } = await session.evaluate(batch(0, fixture.batches[0]!));
    expect(relativeError(probabilities, decode(fixture.probabilities))).toBeLessThan(2e-5);
    const after = await session.state();
    for (const { name, data } of fixture.weights) {
      expect(relativeError(after.tensors[name]!.data, decode(data), 0.1), name).toBeLessThan(2e-5);
    }
  });
}

const small: Net = {
  layers: [
    { type: 'Conv2D', filters: 16, kernel_size: 3, activation: 'relu' },
    { type: 'MaxPooling2D' },
    { type: 'Conv2D', filters: 16, kernel_size: 3, padding: 'same' },
    { type: 'BatchNormalization' },
    { type: 'Flatten' },
    { type: 'Dropout', rate: 0.5 },
    { type: 'Dense', units: 1, activation: 'sigmoid' },
  ],
  input: [16, 15, 3],
  batchSize: 4,
  seed: 7,
};

async function bytesAfter(engine: Engine, net: Net, steps: number, resumeAt?: number): Promise<string> {
  let state = await withSession(engine, net, async (session) => {
    for (let i = 0; i < (resumeAt ?? steps); i++) await session.step(makeBatch(net, 1, i % 3 === 2 ? 3 : 4, 20 + i));
    return session.state();
  });
  if (resumeAt !== undefined) {
    // Another seed's weights must all be overwritten; the masks' seed is the run's, so it stays.
    state = await withSession(engine, net, async (session) => {
      await scatter(session);
      await session.load(state);
      for (let i = resumeAt; i < steps; i++) await session.step(makeBatch(net, 1, i % 3 === 2 ? 3 : 4, 20 + i));
      return session.state();
    });
  }
  expect(state.step).toBe(steps);
  return Object.entries(state.tensors)
    .map(
      ([name, { data }]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`,
    )
    .join('\n');
}

interface ConformanceOptions {
  /** The engine promises the same bytes each time, which those on the CPU do. */
  exact?: boolean;
  /** Of the nets, where an engine is too slow for all. */
  only?: (name: string) => boolean;
}

/** What every engine must do. */
export function conformance(
  name: string,
  engine: Engine,
  { exact = true, only = () => true }: ConformanceOptions = {},
): void {
  describe(`${name}: against the float64 model`, () => {
    test.each(Object.entries(cases).filter(([key]) => only(key)))('%s', async (_, net) => {
      await checkAgainstReference(engine, net, net.batchSize ?? 3);
    });
    const short = [
      'wide 3×3, same',
      'batch normalization on maps and features',
      'dropout on features and on a map',
      'depthwise: strides, multiplier, bias',
      'group normalization',
      'spatial dropout',
    ];
    test.each(short.filter(only))('a short batch: %s', async (key) => {
      const net = cases[key]!;
      await checkAgainstReference(engine, net, (net.batchSize ?? 3) - 1);
    });
  });

  describe(`${name}: against Keras`, () => {
    test.each(fixtures.cases.filter((c) => only(c.name)).map((c) => [c.name, c] as const))('%s', (_, fixture) =>
      checkAgainstKeras(engine, fixture),
    );
  });

  describe(`${name}: ties and seeds`, () => {
    test('a tie in a pooling window goes to the first pixel in row-major order', async () => {
      const net: Net = {
        layers: [
          { type: 'Conv2D', filters: 1, kernel_size: 1, use_bias: false, name: 'scale' },
          { type: 'BatchNormalization' },
          { type: 'MaxPooling2D' },
          { type: 'Flatten' },
          { type: 'Dense', units: 1, activation: 'sigmoid' },
        ],
        input: [2, 2, 2],
        batchSize: 1,
        optimizer: GRADIENT_PROBE,
      };
      const plain: Net = { ...net, layers: net.layers.filter((layer) => layer.type !== 'BatchNormalization') };
      await withSession(engine, plain, async (session) => {
        const state = await session.state();
        state.tensors['scale/kernel']!.data.set([1, 1]);
        state.tensors['dense/kernel']!.data.set([1]);
        await session.load(state);
        // All four pixels sum to 3, from different channels: the gradient of the kernel tells which one was taken.
        const images = Float32Array.from([2, 1, 1, 2, 0, 3, 3, 0]);
        const { probabilities } = await session.step({ images, labels: Float32Array.of(0), count: 1 });
        const { data } = (await session.state()).tensors['scale/kernel/momentum']!;
        expect(-data[0]! / probabilities[0]!).toBeCloseTo(2, 5);
        expect(-data[1]! / probabilities[0]!).toBeCloseTo(1, 5);
      });
    });

    test('initial weights and dropout masks follow the seed', async () => {
      const run = (seed: number) =>
        withSession(engine, { ...small, seed }, async (session) => {
          const { tensors } = await session.state();
          const first = await session.step(makeBatch(small, 1, 4));
          return { kernel: [...tensors['conv2d/kernel']!.data], loss: first.loss };
        });
      const [a, b, c] = [await run(1), await run(1), await run(2)];
      expect(a.kernel).toEqual(b.kernel);
      expect(a.kernel).not.toEqual(c.kernel);
      expect(new Set([a.loss, c.loss]).size).toBe(2);
    });
  });

  describe.runIf(exact)(`${name}: exactness`, () => {
    test('two sessions end with the same bytes', async () => {
      expect(await bytesAfter(engine, small, 5)).toBe(await bytesAfter(engine, small, 5));
    });
    test('a run resumed from its state ends with the same bytes as one never stopped', async () => {
      expect(await bytesAfter(engine, small, 5, 3)).toBe(await bytesAfter(engine, small, 5));
    });
  });

  describe(`${name}: refusals`, () => {
    test('a state of another model is refused by name', async () => {
      await withSession(engine, small, async (session) => {
        const state = await session.state();
        const { 'dense/kernel': _, ...rest } = state.tensors;
        await expect(session.load({ ...state, tensors: rest })).rejects.toThrow(/dense\/kernel/);
        const wrong = { ...state.tensors, 'dense/bias': { dims: [2], data: new Float32Array(2) } };
        await expect(session.load({ ...state, tensors: wrong })).rejects.toThrow(/dense\/bias/);
        expect((await session.state()).tensors).toEqual(state.tensors);
      });
    });
    test('a batch that is too large is refused', async () => {
      await withSession(engine, small, async (session) => {
        await expect(session.step(makeBatch(small, 1, 5))).rejects.toThrow(/count must be between 1 and 4/);
      });
    });
  });
}
