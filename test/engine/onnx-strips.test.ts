import { blockSize } from '@tidemark/worker/engine/onnx/block-size';
import { geometry, usedInput } from '@tidemark/worker/engine/onnx/geometry';
import { Graph } from '@tidemark/worker/engine/onnx/graph';
import { lowerDepthwise } from '@tidemark/worker/engine/onnx/lowering/depthwise';
import { lowerGroupNormalization } from '@tidemark/worker/engine/onnx/lowering/group-normalization';
import { lowerMaxPool } from '@tidemark/worker/engine/onnx/lowering/max-pool';
import { asMap, natural, single } from '@tidemark/worker/engine/onnx/strips';
import type { Lowered, LoweringContext } from '@tidemark/worker/engine/onnx/value';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { uniforms } from './numbers.ts';
import { product, relativeError } from './setup.ts';

/** Cuts whatever it can: the conformance suite's maps are too small to be cut otherwise. */
class SmallStrips extends Graph {
  override strip(): number {
    return 1;
  }
}

const IMAGES = 2;
type Shape = readonly [number, number, number];

/** Forward, gradients of the input and of the parameters: one after the other, by name. */
async function run(
  g: Graph,
  make: (context: LoweringContext) => Lowered,
  [input, output]: readonly [Shape, Shape],
  parameters: Readonly<Record<string, readonly number[]>>,
): Promise<{ strips: number; results: Record<string, Float32Array> }> {
  const dims = ([rows, width, channels]: Shape) => [rows, width, IMAGES, channels];
  const feeds: Record<string, ort.Tensor> = {};
  const feed = (name: string, shape: readonly number[]) => {
    const data = uniforms(Object.keys(feeds).length + 1, product(shape)).map((v) => v - 0.5);
    feeds[name] = new ort.Tensor('float32', data, shape);
    return g.input(name, shape);
  };
  for (const [name, shape] of Object.entries(parameters)) feed(name, shape);
  const lowered = make({
    g,
    images: IMAGES,
    training: true,
    needsInputGradient: true,
    parameter: (name) => name,
    gradient: (name, t) => g.output(`gradient/${name}`, g.reshape(t, [-1]), [product(parameters[name]!)]),
    update: () => {},
  });
  const y = asMap(lowered.forward(single(feed('x', dims(input)), input[0], input[1], input[2])));
  g.output('y', natural(g, y), dims(output));
  const dx = asMap(lowered.backward(single(feed('d', dims(output)), output[0], output[1], output[2]))!);
  g.output('dx', natural(g, dx), dims(input));
  const session = await ort.InferenceSession.create(g.model(), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'disabled',
  });
  const results = await session.run(feeds);
  await session.release();
  const floats = Object.entries(results).map(([name, t]) => [name, t.data as Float32Array]); // all outputs are floats
  return { strips: y.strips.length, results: Object.fromEntries(floats) };
}

async function sameWhenCut(
  make: (context: LoweringContext) => Lowered,
  shapes: readonly [Shape, Shape],
  parameters: Readonly<Record<string, readonly number[]>> = {},
): Promise<void> {
  const block = await blockSize();
  const whole = await run(new Graph('cpu', block), make, shapes, parameters);
  const cut = await run(new SmallStrips('cpu', block), make, shapes, parameters);
  expect(whole.strips).toBe(1);
  expect(cut.strips).toBeGreaterThan(1);
  for (const [name, expected] of Object.entries(whole.results)) {
    expect(relativeError(cut.results[name]!, expected), name).toBeLessThan(1e-5);
  }
}

/** A window, and the part of its input that it reads: no more is ever given to a layer. */
const windowOver = (...given: Parameters<typeof geometry>) => {
  const g = geometry(...given);
  return [g, usedInput(g, g.output)] as const;
};

const windows = fc.record({
  kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.constantFrom('valid' as const, 'same' as const),
  rows: fc.integer({ min: 24, max: 40 }),
  width: fc.integer({ min: 3, max: 7 }),
});

describe('what is cut into strips gives what the whole gives', () => {
  test('depthwise convolutions', () =>
    fc.assert(
      fc.asyncProperty(
        windows,
        fc.constantFrom(1, 2),
        async ({ kernel, strides, padding, rows, width }, multiplier) => {
          const [g, used] = windowOver([rows, width], kernel, strides, padding);
          const spec = { layer: 'l', geometry: g, channels: 3, multiplier, bias: true };
          const output = [...g.output, 3 * multiplier] as const;
          const parameters = { 'l/kernel': [...kernel, 3, multiplier], 'l/bias': [3 * multiplier] };
          await sameWhenCut((context) => lowerDepthwise(context, spec, output), [[...used, 3], output], parameters);
        },
      ),
      { numRuns: 25 },
    ));

  test('maximum pools', () =>
    fc.assert(
      fc.asyncProperty(windows, async ({ kernel, strides, padding, rows, width }) => {
        const [g, used] = windowOver([rows, width], kernel, strides, padding);
        const output = [...g.output, 2] as const;
        await sameWhenCut((context) => lowerMaxPool(context, g, output), [[...used, 2], output]);
      }),
      { numRuns: 25 },
    ));

  test('normalizations', async () => {
    const spec = { layer: 'l', epsilon: 1e-3, channels: 4, groups: 2, center: true, scale: true };
    const shape = [13, 5, 4] as const;
    const make = (context: LoweringContext) => lowerGroupNormalization(context, spec, shape);
    await sameWhenCut(make, [shape, shape], { 'l/gamma': [4], 'l/beta': [4] });
  });
});
