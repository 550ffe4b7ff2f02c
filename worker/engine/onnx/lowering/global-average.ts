import { asFeatures, asMap, natural, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';

export function lowerGlobalAverage({ g, images }: LoweringContext): Lowered {
  let x: FeatureMap;
  return {
    forward(value) {
      x = asMap(value);
      const t = g.mean(g.mean(natural(g, x), [1]), [0]);
      return { kind: 'features', size: x.channels, t };
    },
    backward(d) {
      const { rows, channels } = x;
      const width = x.columns.at.length;
      const each = g.reshape(g.scale(asFeatures(d).t, 1 / (rows * width)), [1, 1, images, channels]);
      const t = g.op('Expand', [each, g.ints([rows, width, images, channels])]);
      return stored(g, single(t, rows, width, channels), x, images);
    },
  };
}
