import { PURPOSE, permutation, philox, stream } from '@tidemark/training/rng';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

describe('philox', () => {
  // Known answers published with Random123 (kat_vectors, philox4x32 10).
  const known = [
    { counter: [0, 0, 0, 0], key: [0, 0], out: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      out: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      out: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ] as const;
  test.each(known)('answers as published for counter $counter', ({ counter, key, out }) => {
    expect([...philox(counter, key)]).toEqual([...out]);
  });
});

describe('stream', () => {
  const address = fc.tuple(fc.nat(2 ** 32 - 1), fc.constantFrom(...Object.values(PURPOSE)), fc.nat(1e6), fc.nat(1e6));
  const draw = ([seed, purpose, a, b]: [number, (typeof PURPOSE)[keyof typeof PURPOSE], number, number], n = 8) => {
    const random = stream(seed, purpose, a, b);
    return Array.from({ length: n }, () => random.next());
  };

  test('depends on its address and on nothing else', () => {
    fc.assert(
      fc.property(address, address, (one, two) => {
        expect(draw(one)).toEqual(draw(one));
        if (JSON.stringify(one) !== JSON.stringify(two)) expect(draw(one)).not.toEqual(draw(two));
      }),
    );
  });

  test('uniform stays in [0, 1) with the mean and variance of a uniform distribution', () => {
    const random = stream(7, PURPOSE.augmentation);
    const values = Array.from({ length: 20_000 }, () => random.uniform());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  test('normal has mean 0 and variance 1', () => {
    const random = stream(8, PURPOSE.augmentation);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length).toBeCloseTo(1, 1);
  });

  test('integer covers its range evenly', () => {
    const random = stream(9, PURPOSE.shuffle);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 14_000; i++) counts[random.integer(7)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});

test('a permutation has every index once', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(1000), (n, seed) => {
      const order = permutation(n, stream(seed, PURPOSE.shuffle));
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }),
  );
});
