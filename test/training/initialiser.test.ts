import type { Initializer } from '@tidemark/training/layers/arguments';
import { initialise } from '@tidemark/training/layers/initialiser';
import { describe, expect, test } from 'vitest';

const draw = (initializer: Initializer, shape: readonly number[] = [3, 3, 32, 64], seed = 3): Float32Array =>
  initialise([{ name: 'a/kernel', shape, initializer }], seed)['a/kernel']!;
const deviation = (x: Float32Array): number => {
  const mean = x.reduce((a, v) => a + v, 0) / x.length;
  return Math.sqrt(x.reduce((a, v) => a + (v - mean) ** 2, 0) / x.length);
};
const largest = (x: Float32Array): number => x.reduce((a, v) => Math.max(a, Math.abs(v)), 0);

describe('initializers have the spread of Keras’s', () => {
  // Deviation and largest of 18,432 numbers that Keras 3.15.1 drew for a kernel of [3, 3, 32, 64]; drawn from a bounded
  // distribution, the largest is near its bound.
  test.each([
    ['glorot_uniform', 0.04822, 0.08333],
    ['glorot_normal', 0.04804, 0.10929],
    ['he_uniform', 0.08322, 0.14433],
    ['he_normal', 0.08398, 0.18944],
    ['lecun_uniform', 0.05896, 0.10206],
    ['lecun_normal', 0.05901, 0.13393],
    ['random_uniform', 0.02894, 0.05],
    ['random_normal', 0.04989, 0.20197],
    ['truncated_normal', 0.04421, 0.09998],
  ] as const)('%s', (name, spread, most) => {
    const x = draw(name);
    expect(deviation(x) / spread).toBeGreaterThan(0.97);
    expect(deviation(x) / spread).toBeLessThan(1.03);
    const bounded = name !== 'random_normal';
    expect(Math.abs(largest(x) / most - 1)).toBeLessThan(bounded ? 0.01 : 0.3);
  });

  test('variance_scaling, with arguments, of a kernel of planes', () => {
    const scaling = {
      name: 'variance_scaling',
      scale: 2,
      mode: 'fan_out',
      distribution: 'untruncated_normal',
    } as const;
    expect(deviation(draw(scaling)) / 0.05916).toBeCloseTo(1, 1);
    // Keras takes a depthwise kernel's channels for its fan in, its multiplier for its fan out.
    expect(deviation(draw(scaling, [5, 5, 96, 1])) / 0.27989).toBeCloseTo(1, 1);
    expect(deviation(draw('he_normal', [5, 5, 96, 1])) / 0.02943).toBeCloseTo(1, 1);
    expect(largest(draw(scaling))).toBeGreaterThan(3 * 0.05916);
  });

  test('arguments move and scale what is drawn', () => {
    const x = draw({ name: 'truncated_normal', mean: 1, stddev: 0.1 });
    expect(x.reduce((a, v) => a + v, 0) / x.length).toBeCloseTo(1, 2);
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0.8);
    const y = draw({ name: 'random_uniform', minval: 2, maxval: 3 });
    expect([Math.min(...y), Math.max(...y)].map(Math.round)).toEqual([2, 3]);
  });

  test('constants', () => {
    expect([...draw('zeros', [2]), ...draw('ones', [2]), ...draw({ name: 'constant', value: 0.5 }, [2])]).toEqual([
      0, 0, 1, 1, 0.5, 0.5,
    ]);
  });
});

test('numbers are a function of the seed and of the parameter’s place', () => {
  const two = (seed: number) =>
    initialise(
      ['a', 'b'].map((name) => ({ name, shape: [8, 8], initializer: 'he_normal' as const })),
      seed,
    );
  expect(two(1)).toEqual(two(1));
  expect(two(1).a).not.toEqual(two(1).b);
  expect(two(1).a).not.toEqual(two(2).a);
});
