import { asFeatures, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

/** To Keras's order: row, column, channel. */
export function lowerFlatten({ g, images }: LoweringContext): Lowered {
  let x: FeatureMap | null = null;
  return {
    forward(value) {
      if (value.kind === 'features') return value;
      x = value;
      const size = x.rows * x.columns.at.length * x.channels;
      return { kind: 'features', size, t: g.reshape(g.transpose(natural(g, x), [2, 0, 1, 3]), [images, size]) };
    },
    backward(d) {
      if (!x) return d;
      const width = x.columns.at.length;
      const t = g.transpose(g.reshape(asFeatures(d).t, [images, x.rows, width, x.channels]), [1, 2, 0, 3]);
      return stored(g, single(t, x.rows, width, x.channels), x, images);
    },
  };
}
