import type { Activation } from '@tidemark/training/layers/arguments';
import { type Tensor, tensor } from './tensor.ts';

/** Series of erf near 0, continued fraction of erfc further out (Abramowitz, Stegun 7.1.5 and 7.1.14). */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 2.5) {
    let fraction = 0;
    for (let k = 60; k >= 1; k--) fraction = k / 2 / (z + fraction);
    return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
  }
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

const FUNCTIONS: Record<Exclude<Activation, 'softmax'>, (v: number) => number> = {
  linear: (v) => v,
  relu: (v) => Math.max(v, 0),
  relu6: (v) => Math.min(Math.max(v, 0), 6),
  leaky_relu: (v) => (v > 0 ? v : 0.2 * v),
  elu: (v) => (v > 0 ? v : Math.exp(v) - 1),
  gelu: (v) => (v * (1 + erf(v / Math.SQRT2))) / 2,
  silu: (v) => v * sigmoid(v),
  hard_swish: (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6,
  sigmoid,
  tanh: Math.tanh,
};

export function activate(x: Tensor, kind: Activation): Tensor {
  if (kind !== 'softmax') return { ...x, data: x.data.map(FUNCTIONS[kind]) };
  const c = x.shape.at(-1)!;
  const exps = x.data.map((v, i) => {
    const first = i - (i % c);
    return Math.exp(v - Math.max(...x.data.subarray(first, first + c)));
  });
  return tensor(x.shape, (i) => {
    const first = i - (i % c);
    return exps[i]! / exps.subarray(first, first + c).reduce((a, v) => a + v, 0);
  });
}
