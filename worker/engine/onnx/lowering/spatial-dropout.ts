import type { Ref } from '../graph.ts';
import type { Lowered, LoweringContext, Value } from '../value.ts';

/** Inverted dropout of whole channels. `mask`: a graph input [images, channels] of 0 and 1 / (1 − rate). */
export function lowerSpatialDropout({ g, training }: LoweringContext, mask: Ref): Lowered {
  const apply = (x: Value): Value => {
    if (!training || x.kind === 'features') return x;
    return { ...x, strips: x.strips.map((s) => ({ ...s, t: g.mul(s.t, mask) })) };
  };
  return { forward: apply, backward: apply };
}
