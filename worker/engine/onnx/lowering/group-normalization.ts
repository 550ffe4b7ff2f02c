import type { Lowered, LoweringContext } from '../value.ts';
import { lowerNormalization, type Normalization } from './normalization.ts';

interface GroupNormalization extends Normalization {
  groups: number;
}

/** Keras's GroupNormalization: moments over all pixels of a group of neighbouring channels, image by image. */
export function lowerGroupNormalization(
  context: LoweringContext,
  spec: GroupNormalization,
  output: readonly number[],
): Lowered {
  const { g, images } = context;
  const { channels, groups } = spec;
  const own = channels / groups;
  return lowerNormalization(
    context,
    spec,
    {
      pool(t) {
        const mean = g.mean(g.reshape(t, [images, groups, own]), [2], 1);
        return g.reshape(g.op('Expand', [mean, g.ints([images, groups, own])]), [images, channels]);
      },
      given: () => null,
      follow() {},
    },
    output,
  );
}
