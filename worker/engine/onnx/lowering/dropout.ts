import { natural, single, stored } from '../strips.ts';
import type { Lowered, LoweringContext, Value } from '../value.ts';

/**
 * Inverted dropout. `mask` is a graph input of 0 and 1 / (1 − rate), in the value's form: [images, size] or
 * [rows, columns, images, channels].
 */
export function lowerDropout({ g, images, training }: LoweringContext, mask: string): Lowered {
  const apply = (x: Value): Value => {
    if (!training) return x;
    if (x.kind === 'features') return { ...x, t: g.mul(x.t, mask) };
    const width = x.columns.at.length;
    return stored(g, single(g.mul(natural(g, x), mask), x.rows, width, x.channels), x, images);
  };
  return { forward: apply, backward: apply };
}
