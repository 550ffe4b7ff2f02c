import { initialise } from '@tidemark/training/layers/initialiser';
import { type ParameterInfo, sizeOf } from '@tidemark/training/layers/shape';
import type { CompileOptions } from './engine.ts';

/** The weights that training starts from, by parameter name: those given, the rest drawn from the seed. */
export function initialWeights(
  parameters: readonly ParameterInfo[],
  { seed, initial = {} }: Pick<CompileOptions, 'seed' | 'initial'>,
): Record<string, Float32Array> {
  const drawn = initialise(parameters, seed);
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  for (const [name, data] of Object.entries(initial)) {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`Initial weights are given for ${name}, which the model does not have`);
    if (data.length !== sizeOf(shape)) {
      throw new Error(`Initial weights for ${name} are ${data.length} numbers, but it is [${shape}]`);
    }
    drawn[name] = data.slice();
  }
  return drawn;
}
