import { maskKey } from '../dropout-mask.ts';
import type { Plan } from './plan.ts';

/** Keras's defaults: GlorotUniform kernels, zero biases and means, one for scales and variances. */
export function initialWeights({ parameters }: Plan, seed: number): Record<string, Float32Array> {
  const out: Record<string, Float32Array> = {};
  parameters.forEach(({ name, shape }, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = new Float32Array(size);
    if (name.endsWith('/gamma') || name.endsWith('/moving_variance')) data.fill(1);
    if (name.endsWith('/kernel')) {
      const field = shape.slice(0, -2).reduce((a, b) => a * b, 1);
      const limit = Math.sqrt(6 / (field * (shape.at(-2)! + shape.at(-1)!)));
      for (let k = 0; k < size; k++) data[k] = limit * (maskKey(seed, k, -1000 - i) / 2 ** 31 - 1);
    }
    out[name] = data;
  });
  return out;
}
