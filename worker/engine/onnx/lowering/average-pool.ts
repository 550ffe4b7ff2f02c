import type { Geometry } from '../geometry.ts';
import { asMap, natural, range, rowsOf, single } from '../strips.ts';
import { transposed } from '../toom.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

/** One axis of the mean as a matrix [outputs, stored inputs]; padding is not counted, as in TensorFlow. */
function averages(g: Geometry, axis: 0 | 1, outputs: number, at: readonly number[], stored: number): number[][] {
  return range(outputs).map((o) => {
    const start = o * g.strides[axis] - g.before[axis];
    const from = Math.max(start, 0);
    const to = Math.min(start + g.kernel[axis], g.input[axis]);
    const row = new Array<number>(stored).fill(0);
    for (let i = from; i < to; i++) row[at[i]!] = 1 / (to - from);
    return row;
  });
}

/** Means are separable: one product along rows, one along columns, and their transposes backwards. */
export function lowerAveragePool(
  { g, images }: LoweringContext,
  geometry: Geometry,
  output: readonly number[],
): Lowered {
  const [rows = 1, width = 1] = output;
  let x: FeatureMap;
  let down: number[][] = [];
  let across: number[][] = [];
  return {
    forward(value) {
      x = asMap(value);
      const { columns, channels } = x;
      down = averages(geometry, 0, rows, range(x.rows), x.rows);
      across = averages(geometry, 1, width, columns.at, columns.stored);
      const flat = g.reshape(rowsOf(g, x.strips, 0, x.rows), [x.rows, columns.stored * images * channels]);
      const high = g.reshape(g.matmul(g.matrix(down), flat), [rows, columns.stored, images * channels]);
      const t = g.reshape(g.matmul(g.matrix(across), high), [rows, width, images, channels]);
      return single(t, rows, width, channels);
    },
    backward(d) {
      const { columns, channels } = x;
      const dy = g.reshape(natural(g, asMap(d)), [rows, width, images * channels]);
      const wide = g.reshape(g.matmul(g.matrix(transposed(across)), dy), [rows, columns.stored * images * channels]);
      const t = g.reshape(g.matmul(g.matrix(transposed(down)), wide), [x.rows, columns.stored, images, channels]);
      return { ...x, strips: [{ t, rows: x.rows }] };
    },
  };
}
