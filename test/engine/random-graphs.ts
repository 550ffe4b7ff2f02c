import { outputShape } from '@tidemark/training/layers/output-shape';
import type { Shape } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import fc from 'fast-check';
import { type Layer, mapLayer } from './random-layers.ts';
import type { Net } from './setup.ts';

/** One more layer, or a join of two results; places are among the results so far. */
type Gene =
  | { kind: 'layer'; layer: Layer; from: number }
  | { kind: 'Add' | 'Concatenate' | 'Multiply'; from: number; other: number }
  | { kind: 'gate'; from: number };

// Mostly the newest result, so that nets become deep and not only wide.
const place = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }) },
);
const gene: fc.Arbitrary<Gene> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('layer' as const), layer: mapLayer, from: place }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('Add' as const, 'Concatenate' as const, 'Multiply' as const),
      from: place,
      other: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gate' as const), from: place }) },
);

interface Result {
  name: string;
  shape: Shape;
}

/** Results have at most so many numbers an image: the float64 model goes through each of them thousands of times. */
const MOST = 3000;

/** Builds layers gene by gene; what does not fit is left out. Results that nothing reads end in the head. */
function build(genes: readonly Gene[], input: readonly [number, number, number], end: Layer['type']): Layer[] {
  const layers: Layer[] = [];
  const read = new Set<string>();
  const results: Result[] = [{ name: 'input', shape: input }];
  const push = (layer: Layer, inputs: readonly Result[]): Result | null => {
    const name = `layer${layers.length}`;
    const full = { ...layer, name, inputs: inputs.map((r) => r.name) } as Layer;
    const outcome = outputShape(
      LayerSpec.parse(full),
      inputs.map(({ shape }) => shape),
      inputs.map((r) => r.name),
    );
    if ('key' in outcome || outcome.output.reduce((a, b) => a * b, 1) > MOST) return null;
    for (const r of inputs) read.add(r.name);
    layers.push(full);
    return { name, shape: outcome.output };
  };
  const at = (back: number) => results[Math.max(results.length - 1 - back, 0)]!;
  const keep = (result: Result | null) => {
    if (result) results.push(result);
  };
  for (const g of genes) {
    const x = at(g.from);
    if (g.kind === 'layer') keep(push(g.layer, [x]));
    else if (g.kind === 'gate') {
      const mean = push({ type: 'GlobalAveragePooling2D', keepdims: true }, [x])!;
      const gate = push({ type: 'Dense', units: x.shape[2]!, activation: 'sigmoid' }, [mean])!;
      keep(push({ type: 'Multiply' }, [gate, x]));
    } else {
      const fits = (r: Result) => r.shape.slice(0, g.kind === 'Concatenate' ? 2 : 3).every((v, i) => v === x.shape[i]);
      const others = results.filter(fits);
      const other = others[Math.max(others.length - g.other, 0)]!;
      // Products of products grow without bounds.
      const factor = g.kind === 'Multiply' ? push({ type: 'Activation', activation: 'tanh' }, [other])! : other;
      keep(push({ type: g.kind }, [x, factor]));
    }
  }
  const unread = results.slice(1).filter(({ name }) => !read.has(name));
  const ends = unread.map((r) => push({ type: end } as Layer, [r])!);
  if (ends.length > 1) push({ type: 'Concatenate' }, ends);
  return layers;
}

/** Nets whose layers read any earlier ones: residuals, joined branches, gates, several readers. */
export const graph: fc.Arbitrary<Net> = fc
  .record({
    genes: fc.array(gene, { minLength: 3, maxLength: 9 }),
    end: fc.constantFrom('GlobalAveragePooling2D' as const, 'GlobalMaxPooling2D' as const),
    categorical: fc.boolean(),
    rows: fc.integer({ min: 5, max: 12 }),
    columns: fc.integer({ min: 5, max: 12 }),
    channels: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  })
  .map(({ genes, end, categorical, rows, columns, channels, seed }): Net => {
    const input = [rows, columns, channels] as const;
    const body = build(genes, input, end);
    return {
      layers: [
        ...(body.length > 0 ? body : [{ type: end } as Layer]),
        categorical
          ? { type: 'Dense', units: 3, activation: 'softmax' }
          : { type: 'Dense', units: 1, activation: 'sigmoid' },
      ],
      input,
      loss: categorical ? 'categorical_crossentropy' : 'binary_crossentropy',
      batchSize: 3,
      seed,
    };
  });
