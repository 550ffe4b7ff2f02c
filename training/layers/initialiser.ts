import { PURPOSE, stream } from '../rng.ts';
import type { ParameterInfo } from './shape.ts';
import { sizeOf } from './shape.ts';

/**
 * Keras's default initial values: kernels GlorotUniform (Glorot, Bengio 2010: uniform in ±√(6 / (fan in + fan out)), fans
 * times the kernel's field), biases and moving means 0, scales and moving variances 1. A function of the seed and of the
 * parameter's place in the model.
 */
export function initialise(parameters: readonly ParameterInfo[], seed: number): Record<string, Float32Array> {
  const out: Record<string, Float32Array> = {};
  parameters.forEach(({ name, shape }, index) => {
    const data = new Float32Array(sizeOf(shape));
    if (name.endsWith('/gamma') || name.endsWith('/moving_variance')) data.fill(1);
    if (name.endsWith('/kernel')) {
      const field = sizeOf(shape.slice(0, -2));
      const limit = Math.sqrt(6 / (field * (shape.at(-2)! + shape.at(-1)!)));
      const random = stream(seed, PURPOSE.initialWeights, index);
      for (let i = 0; i < data.length; i++) data[i] = limit * (random.next() / 2 ** 31 - 1);
    }
    out[name] = data;
  });
  return out;
}
