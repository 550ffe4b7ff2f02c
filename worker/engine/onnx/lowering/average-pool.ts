import type { Geometry } from '../geometry.ts';
import { range } from '../strips.ts';
import type { Lowered, LoweringContext } from '../value.ts';
import { lowerSeparable, type Weights } from './separable.ts';

/** One axis of the mean; padding is not counted, as in TensorFlow. */
function averages(g: Geometry, axis: 0 | 1, outputs: number): Weights {
  return (inputs) =>
    range(outputs).map((o) => {
      const start = o * g.strides[axis] - g.before[axis];
      const from = Math.max(start, 0);
      const to = Math.min(start + g.kernel[axis], g.input[axis]);
      return range(inputs).map((i) => (i >= from && i < to ? 1 / (to - from) : 0));
    });
}

/** Means are separable. */
export function lowerAveragePool(context: LoweringContext, geometry: Geometry, output: readonly number[]): Lowered {
  const [rows = 1, width = 1] = output;
  return lowerSeparable(context, [averages(geometry, 0, rows), averages(geometry, 1, width)]);
}
