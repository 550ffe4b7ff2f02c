import { align, isPixel } from '../align.ts';
import { asFeatures, asMap, stored } from '../strips.ts';
import type { FeatureMap, Joined, LoweringContext, Value } from '../value.ts';

/** Elementwise sum; a map of one pixel is spread over the rows and columns of the others. `output`: the sum's shape. */
export function lowerAdd({ g, images }: LoweringContext, output: readonly number[]): Joined {
  let xs: readonly Value[] = [];
  return {
    join(values) {
      xs = values;
      if (xs[0]!.kind === 'features') return { ...xs[0]!, t: g.total(xs.map((x) => asFeatures(x).t)) };
      const maps = xs.map(asMap);
      const pixels = maps.filter((m) => isPixel(m, output)).map((m) => m.strips[0]!.t);
      const { columns, rows, heights, parts } = align(
        g,
        maps.filter((m) => !isPixel(m, output)),
      );
      const strips = heights.map((high, i) => ({ rows: high, t: g.total([...parts[i]!, ...pixels]) }));
      return { kind: 'map', strips, rows, columns, channels: maps[0]!.channels };
    },
    separate(d) {
      if (d.kind === 'features') return xs.map(() => d);
      const spread = (x: FeatureMap): FeatureMap => {
        const t = g.total(d.strips.map((s) => g.sum(s.t, [0, 1], 1)));
        return { ...x, strips: [{ t, rows: 1 }] };
      };
      return xs.map(asMap).map((x) => (isPixel(x, output) ? spread(x) : stored(g, d, x, images)));
    },
  };
}
