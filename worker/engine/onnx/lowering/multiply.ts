import { align, cut, isPixel } from '../align.ts';
import type { Ref } from '../graph.ts';
import { asFeatures, asMap, stored } from '../strips.ts';
import type { Joined, LoweringContext, Value } from '../value.ts';

/**
 * Elementwise product; a map of one pixel is spread over the rows and columns of the others (a gate of each channel).
 * Each factor's gradient is the result's times the other factors. `output`: the product's shape.
 */
export function lowerMultiply({ g, images }: LoweringContext, output: readonly number[]): Joined {
  let xs: readonly Value[] = [];
  /** factors[strip][input] */
  let factors: readonly (readonly Ref[])[] = [];
  let heights: readonly number[] = [];
  let result: Value;
  const product = (list: readonly Ref[]) => list.reduce((a, b) => g.mul(a, b));
  const without = (list: readonly Ref[], n: number) => list.filter((_, i) => i !== n);
  return {
    join(values) {
      xs = values;
      if (xs[0]!.kind === 'features') {
        factors = [xs.map((x) => asFeatures(x).t)];
        return { ...xs[0]!, t: product(factors[0]!) };
      }
      const maps = xs.map(asMap);
      const aligned = align(
        g,
        maps.filter((m) => !isPixel(m, output)),
      );
      heights = aligned.heights;
      factors = aligned.parts.map((parts) => {
        const rest = parts[Symbol.iterator]();
        return maps.map((m): Ref => (isPixel(m, output) ? m.strips[0]!.t : rest.next().value!));
      });
      const strips = heights.map((rows, i) => ({ rows, t: product(factors[i]!) }));
      const { columns, rows } = aligned;
      result = { kind: 'map', strips, rows, columns, channels: maps[0]!.channels };
      return result;
    },
    separate(d) {
      if (d.kind === 'features') {
        return xs.map((x, n) => ({ ...asFeatures(x), t: product([d.t, ...without(factors[0]!, n)]) }));
      }
      const parts = cut(g, d, heights);
      return xs.map(asMap).map((x, n) => {
        const strips = parts.map(({ t, rows }, i) => ({ rows, t: product([t, ...without(factors[i]!, n)]) }));
        if (!isPixel(x, output)) return stored(g, { ...asMap(result), strips }, x, images);
        const t = g.total(strips.map((s) => g.sum(s.t, [0, 1], 1)));
        return { ...x, strips: [{ t, rows: 1 }] };
      });
    },
  };
}
