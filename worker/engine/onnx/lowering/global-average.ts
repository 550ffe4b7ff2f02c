import type { Graph, Ref } from '../graph.ts';
import { asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Value } from '../value.ts';

/** [images, channels] as features, or as a map of one pixel. */
export function pixel(g: Graph, t: Ref, images: number, channels: number, keepdims: boolean): Value {
  if (!keepdims) return { kind: 'features', size: channels, t };
  return single(g.reshape(t, [1, 1, images, channels]), 1, 1, channels);
}

/** The gradient of `pixel`, as [1, 1, images, channels]. */
export const ofPixel = (g: Graph, d: Value, images: number, channels: number): Ref =>
  g.reshape(d.kind === 'features' ? d.t : natural(g, d), [1, 1, images, channels]);

export function lowerGlobalAverage({ g, images }: LoweringContext, keepdims: boolean): Lowered {
  let x: FeatureMap;
  return {
    forward(value) {
      x = asMap(value);
      const t = g.mean(g.mean(natural(g, x), [1]), [0]);
      return pixel(g, t, images, x.channels, keepdims);
    },
    backward(d) {
      const { rows, channels } = x;
      const width = x.columns.at.length;
      const each = g.scale(ofPixel(g, d, images, channels), 1 / (rows * width));
      const t = g.op('Expand', [each, g.ints([rows, width, images, channels])]);
      return stored(g, single(t, rows, width, channels), x, images);
    },
  };
}
