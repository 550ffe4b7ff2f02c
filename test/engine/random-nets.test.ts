import { inferShapes } from '@tidemark/training/layers/shape';
import { createOnnxEngine } from '@tidemark/worker/engine/onnx/engine';
import { plan } from '@tidemark/worker/engine/onnx/plan';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { checkAgainstReference } from './conformance.ts';
import { graph } from './random-graphs.ts';
import { commonLayer, type Layer } from './random-layers.ts';
import { compileOptions, type Net } from './setup.ts';

const stack: fc.Arbitrary<Net> = fc
  .record({
    body: fc.array(commonLayer, { minLength: 1, maxLength: 5 }),
    end: fc.constantFrom<Layer>({ type: 'Flatten' }, { type: 'GlobalAveragePooling2D' }),
    categorical: fc.boolean(),
    rows: fc.integer({ min: 5, max: 14 }),
    columns: fc.integer({ min: 5, max: 14 }),
    channels: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  })
  .map(({ body, end, categorical, rows, columns, channels, seed }) => ({
    layers: [
      ...body,
      end,
      categorical
        ? { type: 'Dense' as const, units: 3, activation: 'softmax' as const }
        : { type: 'Dense' as const, units: 1, activation: 'sigmoid' as const },
    ],
    input: [rows, columns, channels] as const,
    loss: categorical ? ('categorical_crossentropy' as const) : ('binary_crossentropy' as const),
    batchSize: 3,
    seed,
  }));

const fits = ({ layers, input }: Net): boolean =>
  inferShapes(compileOptions({ layers, input }).layers, input).problem === null;

/**
 * A normalization over a handful of values is as ill-conditioned as they are alike: the shift it takes away is a sum that cancels.
 * PyTorch's float32 leaves up to 4.3·10⁻⁵ of it over three values (400 draws of such a net). So is one of a map that a
 * SpatialDropout2D has set to zero: all is multiplied by 1/√ε.
 */
function roundingOf({ layers, input }: Net, images: number): number {
  const { operations } = plan(compileOptions({ layers, input }).layers, input);
  const dropped = operations.some(({ kind }) => kind === 'spatial_dropout');
  const few = operations.some((o) => {
    const [rows = 1, columns = 1, channels] = o.input;
    const pixels = channels === undefined ? 1 : rows * columns;
    if (o.kind === 'batch_normalization') return dropped || images * pixels < 12;
    if (o.kind === 'layer_normalization') return dropped || o.channels < 12;
    return o.kind === 'group_normalization' && (dropped || (pixels * o.channels) / o.groups < 12);
  });
  return few ? 5e-5 : 1e-6;
}

const RUNS = Number(process.env.TIDEMARK_PROPERTY_RUNS ?? 25);

describe('random nets', () => {
  test.each([
    ['stacks', stack.filter(fits), RUNS],
    ['graphs', graph.filter(fits), RUNS],
  ] as const)(
    '%s have the float64 model’s probabilities and gradients',
    async (_, net, runs) => {
      const engine = createOnnxEngine();
      const count = fc.integer({ min: 2, max: 3 });
      // fast-check prints the seed and the smallest failing net.
      await fc.assert(
        fc.asyncProperty(net, count, (one, images) =>
          checkAgainstReference(engine, one, images, roundingOf(one, images)),
        ),
        { numRuns: runs },
      );
    },
    600_000,
  );
});
