import { OptimizerConfig } from '@tidemark/training/config/optimizer';
import type { ParameterInfo } from '@tidemark/training/layers/parameters';
import { cut, piecesOf } from '@tidemark/worker/engine/onnx/pieces';
import { floats, tensor } from '@tidemark/worker/engine/onnx/tensors';
import { updateRule } from '@tidemark/worker/engine/onnx/update';
import { describe, expect, test } from 'vitest';

const parameter = (name: string, shape: readonly number[], trainable = true): ParameterInfo => ({
  name,
  shape,
  trainable,
  statistic: false,
  initializer: 'zeros',
  regularizer: null,
});
const parameters = [
  parameter('a/kernel', [3, 3, 100, 100]),
  parameter('a/bias', [100]),
  parameter('b/kernel', [70_000], false),
];
const rule = (more: object = {}) => updateRule(OptimizerConfig.parse({ name: 'RMSprop', ...more }));

describe('pieces of parameters', () => {
  test('hold every number of what learns once, in order', () => {
    const pieces = piecesOf(parameters, rule());
    expect(pieces.filter((p) => p.of === 'a/kernel').length).toBeGreaterThan(1);
    expect(pieces.some((p) => p.of === 'b/kernel')).toBe(false);
    const all = Float32Array.from({ length: 90_000 }, (_, i) => i);
    const views = cut(
      pieces.filter((p) => p.of === 'a/kernel'),
      { 'a/kernel': tensor([3, 3, 100, 100], all) },
      (name) => name,
      (name) => name,
    );
    expect(Object.values(views).flatMap((t) => [...floats(t)])).toEqual([...all]);
    // Views, not copies: an update writes the parameter itself.
    expect(Object.values(views).every((t) => floats(t).buffer === all.buffer)).toBe(true);
  });

  test.each([{ clipnorm: 1 }, { global_clipnorm: 1 }])('are whole parameters where a norm is taken: %o', (clipping) => {
    expect(piecesOf(parameters, rule(clipping)).map((p) => [p.of, ...p.shape])).toEqual([
      ['a/kernel', 90_000],
      ['a/bias', 100],
    ]);
  });
});
