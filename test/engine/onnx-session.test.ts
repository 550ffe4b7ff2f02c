import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { describe, expect, test } from 'vitest';
import { cases } from './cases.ts';
import { compileOptions, GRADIENT_PROBE, makeBatch, type Net, relativeError, scatter, withSession } from './setup.ts';

const fast = createOnnxEngine();
const plain = createOnnxEngine({ fast: false });

const conv = (filters: number) => ({ type: 'Conv2D', filters, kernel_size: 3, activation: 'relu' }) as const;
const pool = { type: 'MaxPooling2D' } as const;

/** The published net. */
const published: Net = {
  layers: [
    conv(32),
    pool,
    conv(64),
    pool,
    conv(128),
    pool,
    conv(256),
    pool,
    conv(256),
    { type: 'Flatten' },
    { type: 'Dropout', rate: 0.5 },
    { type: 'Dense', units: 1, activation: 'sigmoid' },
  ],
  input: [180, 180, 3],
  batchSize: 4,
};

async function firstStep(engine: typeof fast, net: Net) {
  return withSession(engine, net, async (session) => {
    const before = await scatter(session);
    const evaluated = await session.evaluate(makeBatch(net, 1, net.batchSize ?? 3));
    const stepped = await session.step(makeBatch(net, 1, net.batchSize ?? 3));
    return { before, evaluated, stepped, after: await session.state() };
  });
}

describe('the fast lowerings', () => {
  test('agree with the plain ones on the published net', async () => {
    const net = { ...published, optimizer: GRADIENT_PROBE };
    const [a, b] = [await firstStep(fast, net), await firstStep(plain, net)];
    const parameters = Object.entries(a.before.tensors).filter(([name]) => !name.endsWith('/momentum'));
    expect(parameters.reduce((sum, [, { data }]) => sum + data.length, 0)).toBe(991_041);
    expect(a.evaluated.loss).toBeCloseTo(b.evaluated.loss, 5);
    expect(a.stepped.loss).toBeCloseTo(b.stepped.loss, 5);
    expect(relativeError(a.evaluated.probabilities, b.evaluated.probabilities)).toBeLessThan(1e-5);
    // A rounding difference may move a ReLU or a maximum, and one such flip moves shallow gradients by about 1e-4.
    for (const [name] of parameters) {
      const [g, h] = [a, b].map((r) => r.after.tensors[`${name}/momentum`]!.data) as [Float32Array, Float32Array];
      expect(relativeError(g, h, 0), name).toBeLessThan(2e-3);
    }
  });

  test('give the same bytes with one thread and with two', async () => {
    const run = async (threads: number) => {
      const { after, stepped } = await firstStep(fast, { ...published, threads });
      return { loss: stepped.loss, tensors: Object.values(after.tensors).map(({ data }) => Buffer.from(data.buffer)) };
    };
    const [one, two] = [await run(1), await run(2)];
    expect(one.loss).toBe(two.loss);
    expect(one.tensors.every((bytes, i) => bytes.equals(two.tensors[i]!))).toBe(true);
  });
});

describe('devices', () => {
  test('auto is the CPU', async () => {
    const session = await fast.compile({ ...compileOptions(cases['Dense alone']!), device: 'auto', threads: 1 });
    expect(session.device).toEqual({ kind: 'cpu', description: 'CPU, 1 thread' });
    await session.dispose();
  });
});

describe('nets that cannot be trained', () => {
  test.each([
    [
      'a window larger than the image',
      [{ type: 'Conv2D', filters: 2, kernel_size: 9 } as const, { type: 'Flatten' } as const],
      /Layer 0 \(conv2d\): A 9×9 convolution needs at least 9×9 pixels, but gets 4×3/,
    ],
    ['a feature map at the end', [{ type: 'Conv2D', filters: 2, kernel_size: 2 } as const], /add Flatten/],
    [
      'a convolution of features',
      [{ type: 'Flatten' } as const, { type: 'Conv2D', filters: 2, kernel_size: 2 } as const],
      /Layer 1 \(conv2d\): Conv2D needs rows, columns and channels/,
    ],
  ])('%s', async (_, layers, message) => {
    const options = compileOptions({ layers, input: [4, 3, 2] });
    await expect(fast.compile(options)).rejects.toThrow(message);
  });
});

test('many sizes of short batches are trained without keeping a graph for each', async () => {
  const net: Net = { ...cases['Dense alone']!, batchSize: 9 };
  await withSession(fast, net, async (session) => {
    for (let count = 1; count <= 9; count++) await session.step(makeBatch(net, 1, count));
    for (let count = 1; count <= 9; count++) await session.step(makeBatch(net, 1, count));
    expect((await session.state()).step).toBe(18);
  });
});

test('a short batch is evaluated to the same bytes as inside a whole one', async () => {
  const net = cases['wide 3×3, valid']!;
  await withSession(fast, net, async (session) => {
    await scatter(session);
    const whole = await session.evaluate(makeBatch(net, 1, 3));
    const short = await session.evaluate(makeBatch(net, 1, 2));
    expect([...short.probabilities]).toEqual([...whole.probabilities.subarray(0, 2)]);
  });
});
