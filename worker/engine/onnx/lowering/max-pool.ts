import { after, type Geometry } from '../geometry.ts';
import type { Ref } from '../graph.ts';
import { asMap, natural, range, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { place } from './place.ts';

/** Any window, stride and padding. On a tie the first maximum in row-major order gets the gradient, as in TensorFlow. */
export function lowerMaxPool(context: LoweringContext, geometry: Geometry, output: readonly number[]): Lowered {
  const { g, images, training } = context;
  const [rows = 1, width = 1] = output;
  const [sh, sw] = geometry.strides;
  const window = range(geometry.kernel[0]).flatMap((u) => range(geometry.kernel[1]).map((v) => [u, v] as const));
  let x: FeatureMap;
  let masks: Ref[] = [];
  return {
    forward(value) {
      x = asMap(value);
      const ends = after(geometry, [x.rows, x.columns.at.length], [rows, width]);
      const [top, left] = geometry.before;
      const t = g.pad(natural(g, x), [top, left, 0, 0], [...ends, 0, 0], Number.NEGATIVE_INFINITY);
      const seen = window.map(([u, v]) =>
        g.slices(t, [0, 1], [u, v], [u + (rows - 1) * sh + 1, v + (width - 1) * sw + 1], [sh, sw]),
      );
      const max = seen.length === 1 ? seen[0]! : g.op('Max', seen);
      if (training) {
        let taken: Ref | null = null;
        masks = seen.map((s) => {
          const equal = g.op('Equal', [s, max]);
          const first = taken ? g.op('And', [equal, g.op('Not', [taken])]) : equal;
          taken = taken ? g.op('Or', [taken, equal]) : equal;
          return first;
        });
      }
      return single(max, rows, width, x.channels);
    },
    backward(d) {
      const dy = natural(g, asMap(d));
      const size = [x.rows, x.columns.at.length] as const;
      const parts = masks.map((mask, i) => {
        const [u, v] = window[i]!;
        const origin = [u - geometry.before[0], v - geometry.before[1]] as const;
        const part = g.mul(dy, g.float(mask));
        return place(g, part, [rows, width, images, x.channels], geometry.strides, origin, size);
      });
      return stored(g, single(g.total(parts), x.rows, size[1], x.channels), x, images);
    },
  };
}
