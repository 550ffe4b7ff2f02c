import { readFileSync } from 'node:fs';
import { inferShapes } from '@tidemark/training/layers/shape';
import { LayerSpec } from '@tidemark/training/layers/spec';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const dims = z.array(z.number());
const Fixture = z.object({
  cases: z.array(
    z.object({
      layer: z.record(z.string(), z.unknown()),
      input: z.tuple([z.number(), z.number(), z.number()]),
      output: dims,
      weights: z.array(z.tuple([z.string(), dims, z.boolean()])),
    }),
  ),
  joins: z.array(z.object({ type: z.string(), inputs: z.array(dims), output: dims })),
});
const fixture = Fixture.parse(JSON.parse(readFileSync(new URL('fixtures/layer-shapes.json', import.meta.url), 'utf8')));
const layers = (list: unknown[]) => z.array(LayerSpec).parse(list);

/** Layers that make a tensor of a shape out of a 12×12×3 image, for a layer that joins. */
function producing(shape: readonly number[], name: string): unknown[] {
  if (shape.length === 1) {
    return [
      { type: 'GlobalAveragePooling2D', name: `${name}_flat`, inputs: 'input' },
      { type: 'Dense', units: shape[0], name },
    ];
  }
  const [rows = 1, columns = 1, filters] = shape;
  return [{ type: 'Conv2D', filters, kernel_size: [13 - rows, 13 - columns], inputs: 'input', name }];
}

describe('shapes and weights are those of real Keras', () => {
  test.each(fixture.cases.map((one) => [JSON.stringify(one.layer), one] as const))('%s', (_, one) => {
    const { layers: infos, problem } = inferShapes(layers([one.layer]), one.input);
    // A lone Dense on a map is taken for a forgotten Flatten, once its shape is known.
    if (!problem?.message.startsWith('Dense gets')) expect(problem).toBeNull();
    const [info] = infos;
    expect(info!.output).toEqual(one.output);
    // Keras calls the weights of a depthwise layer `kernel` too; a SeparableConv2D has two.
    expect(info!.parameters.map((p) => [p.name.split('/')[1], p.shape, p.trainable])).toEqual(one.weights);
  });

  test.each(fixture.joins.map((one) => [`${one.type} of ${JSON.stringify(one.inputs)}`, one] as const))(
    '%s',
    (_, one) => {
      const names = one.inputs.map((__, i) => `x${i}`);
      const body = one.inputs.flatMap((shape, i) => producing(shape, names[i]!));
      const { layers: infos, problem } = inferShapes(layers([...body, { type: one.type, inputs: names }]), [12, 12, 3]);
      expect(problem).toBeNull();
      expect(infos.at(-1)!.inputs).toEqual(one.inputs);
      expect(infos.at(-1)!.output).toEqual(one.output);
    },
  );
});
