import type { Ref } from '../graph.ts';
import type { Lowered, LoweringContext } from '../value.ts';
import { lowerNormalization, type Normalization } from './normalization.ts';

interface BatchNormalization extends Normalization {
  momentum: number;
  /** Moving statistics in training too, and they stay. */
  frozen: boolean;
}

/**
 * Keras's BatchNormalization over the last axis: biased variance in the batch and in the moving average, which keeps
 * `momentum` of itself each step.
 */
export function lowerBatchNormalization(
  context: LoweringContext,
  spec: BatchNormalization,
  output: readonly number[],
): Lowered {
  const { g, images, training } = context;
  const { layer, momentum, frozen, channels } = spec;
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  const spread = (t: Ref) => g.op('Expand', [t, g.ints([images, channels])]);
  const follow = (name: string, value: Ref) => {
    const now = g.reshape(g.slice(value, 0, 0, 1), [channels]);
    context.update(`${layer}/${name}`, g.add(g.scale(parameter(name), momentum), g.scale(now, 1 - momentum)));
  };
  return lowerNormalization(
    context,
    spec,
    {
      pool: (t) => spread(g.mean(t, [0], 1)),
      given() {
        if (training && !frozen) return null;
        return { mean: spread(parameter('moving_mean')), variance: spread(parameter('moving_variance')) };
      },
      follow({ mean, variance }) {
        follow('moving_mean', mean);
        follow('moving_variance', variance);
      },
    },
    output,
  );
}
