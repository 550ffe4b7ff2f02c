import type { Tensor } from './tensor.ts';

export interface Moments {
  mean: Float64Array;
  variance: Float64Array;
}

/** Mean and biased variance of each set; `setOf` tells a value's set. */
export function moments(x: Tensor, sets: number, setOf: (index: number) => number): Moments {
  const count = x.data.length / sets;
  const mean = new Float64Array(sets);
  const variance = new Float64Array(sets);
  for (let i = 0; i < x.data.length; i++) mean[setOf(i)]! += x.data[i]! / count;
  for (let i = 0; i < x.data.length; i++) variance[setOf(i)]! += (x.data[i]! - mean[setOf(i)]!) ** 2 / count;
  return { mean, variance };
}

export function normalize(
  x: Tensor,
  { mean, variance }: Moments,
  setOf: (index: number) => number,
  epsilon: number,
  gamma?: Float64Array,
  beta?: Float64Array,
): Tensor {
  const c = x.shape.at(-1)!;
  const data = x.data.map((v, i) => {
    const normal = (v - mean[setOf(i)]!) / Math.sqrt(variance[setOf(i)]! + epsilon);
    return normal * (gamma?.[i % c] ?? 1) + (beta?.[i % c] ?? 0);
  });
  return { ...x, data };
}
