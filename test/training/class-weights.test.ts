import { classWeights } from '@tidemark/training/callbacks/class-weights';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('balanced weights are scikit-learn’s', () => {
  // compute_class_weight('balanced', classes=[0, 1, 2], y=[0] * 6 + [1] * 3 + [2])
  const weights = classWeights('balanced', ['a', 'b', 'c'], [6, 3, 1]);
  [10 / 18, 10 / 9, 10 / 3].forEach((weight, c) => {
    expect(weights[c]).toBeCloseTo(weight, 6);
  });
  expect(classWeights('auto', ['a', 'b', 'c'], [6, 3, 1])).toEqual(weights);
});

test('balanced, every class weighs the same in all, and the whole weighs what it did', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e4 }), { minLength: 2, maxLength: 20 }), (counts) => {
      const weights = classWeights('balanced', counts.map(String), counts);
      const total = counts.reduce((sum, count) => sum + count, 0);
      counts.forEach((count, c) => {
        expect((count * weights[c]!) / (total / counts.length)).toBeCloseTo(1, 5);
      });
    }),
  );
});

test('weights by name: 1 for those left out, and for a class without images', () => {
  expect([...classWeights({ b: 3 }, ['a', 'b'], [1, 1])]).toEqual([1, 3]);
  expect([...classWeights('balanced', ['a', 'b'], [4, 0])]).toEqual([0.5, 1]);
});
