import type { Ref } from '../graph.ts';
import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { ofPixel, pixel } from './global-average.ts';

/** Pixels that share a channel's maximum share its gradient equally, as in TensorFlow. */
export function lowerGlobalMax({ g, images, training }: LoweringContext, keepdims: boolean): Lowered {
  let x: FeatureMap;
  let largest: Ref = '';
  return {
    forward(value) {
      x = asMap(value);
      const t = natural(g, x);
      const max = g.max(g.max(t, [1]), [0]);
      if (training) largest = g.float(g.op('Equal', [t, g.reshape(max, [1, 1, images, x.channels])]));
      return pixel(g, max, images, x.channels, keepdims);
    },
    backward(d) {
      const { rows, channels } = x;
      const count = g.sum(g.sum(largest, [1], 1), [0], 1);
      const each = g.div(ofPixel(g, d, images, channels), count);
      return stored(g, single(g.mul(largest, each), rows, x.columns.at.length, channels), x, images);
    },
  };
}
