import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

type Pair = readonly [number, number];

/** Zeros around a map. `padding`: [[top, bottom], [left, right]]. */
export function lowerZeroPadding({ g, images }: LoweringContext, padding: readonly [Pair, Pair]): Lowered {
  const [[top, bottom], [left, right]] = padding;
  let x: FeatureMap;
  return {
    forward(value) {
      x = asMap(value);
      const t = g.pad(natural(g, x), [top, left, 0, 0], [bottom, right, 0, 0]);
      return single(t, x.rows + top + bottom, x.columns.at.length + left + right, x.channels);
    },
    backward(d) {
      const width = x.columns.at.length;
      const t = g.slices(natural(g, asMap(d)), [0, 1], [top, left], [top + x.rows, left + width], [1, 1]);
      return stored(g, single(t, x.rows, width, x.channels), x, images);
    },
  };
}
