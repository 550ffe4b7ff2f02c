import { PURPOSE, type Stream, stream } from '../rng.ts';
import type { Initializer } from './arguments.ts';
import type { ParameterInfo } from './shape.ts';
import { sizeOf } from './shape.ts';

type VarianceScaling = Extract<Initializer, { name: 'variance_scaling' }>;

/** Glorot, Bengio 2010; He et al. 2015; LeCun et al. 1998, as Keras defines them (`random_initializers.py`). */
const SCALING: Readonly<Record<string, Omit<VarianceScaling, 'name'>>> = {
  glorot_uniform: { scale: 1, mode: 'fan_avg', distribution: 'uniform' },
  glorot_normal: { scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' },
  he_uniform: { scale: 2, mode: 'fan_in', distribution: 'uniform' },
  he_normal: { scale: 2, mode: 'fan_in', distribution: 'truncated_normal' },
  lecun_uniform: { scale: 1, mode: 'fan_in', distribution: 'uniform' },
  lecun_normal: { scale: 1, mode: 'fan_in', distribution: 'truncated_normal' },
};

/** The deviation of a standard normal cut at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/** Keras's `compute_fans`: of a kernel (…, in, out), each times the kernel's field. */
function fans(shape: readonly number[]): { in: number; out: number } {
  if (shape.length < 2) return { in: shape[0] ?? 1, out: shape[0] ?? 1 };
  const field = sizeOf(shape.slice(0, -2));
  return { in: field * shape.at(-2)!, out: field * shape.at(-1)! };
}

/** Drawn anew while it is more than two deviations off. */
function truncated(random: Stream): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

/** In [−1, 1). */
const symmetric = (random: Stream): number => random.next() / 2 ** 31 - 1;

function scaled({ scale, mode, distribution }: Omit<VarianceScaling, 'name'>, shape: readonly number[]) {
  const { in: fanIn, out: fanOut } = fans(shape);
  const fan = mode === 'fan_in' ? fanIn : mode === 'fan_out' ? fanOut : (fanIn + fanOut) / 2;
  const variance = scale / Math.max(1, fan);
  if (distribution === 'uniform') {
    const limit = Math.sqrt((3 * scale) / Math.max(1, fan));
    return (random: Stream) => limit * symmetric(random);
  }
  if (distribution === 'untruncated_normal') return (random: Stream) => Math.sqrt(variance) * random.normal();
  const deviation = Math.sqrt(variance) / TRUNCATED_DEVIATION;
  return (random: Stream) => deviation * truncated(random);
}

/** What an initializer draws for each number of a tensor; a number where it is a constant. */
function drawing(initializer: Initializer, shape: readonly number[]): number | ((random: Stream) => number) {
  const given = typeof initializer === 'string' ? { name: initializer } : initializer;
  switch (given.name) {
    case 'zeros':
      return 0;
    case 'ones':
      return 1;
    case 'constant':
      return given.value;
    case 'random_uniform': {
      const { minval = -0.05, maxval = 0.05 } = given as { minval?: number; maxval?: number };
      return (random) => random.between(minval, maxval);
    }
    case 'random_normal':
    case 'truncated_normal': {
      const { mean = 0, stddev = 0.05 } = given as { mean?: number; stddev?: number };
      return (random) => mean + stddev * (given.name === 'random_normal' ? random.normal() : truncated(random));
    }
    case 'variance_scaling':
      return scaled(given, shape);
    default:
      return scaled(SCALING[given.name]!, shape);
  }
}

/** Initial values by Keras's formulas: a function of the seed and of the parameter's place in the model. */
export function initialise(
  parameters: readonly Pick<ParameterInfo, 'name' | 'shape' | 'initializer'>[],
  seed: number,
): Record<string, Float32Array> {
  const out: Record<string, Float32Array> = {};
  parameters.forEach(({ name, shape, initializer }, index) => {
    const data = new Float32Array(sizeOf(shape));
    const draw = drawing(initializer, shape);
    if (typeof draw === 'number') data.fill(draw);
    else {
      const random = stream(seed, PURPOSE.initialWeights, index);
      for (let i = 0; i < data.length; i++) data[i] = draw(random);
    }
    out[name] = data;
  });
  return out;
}
