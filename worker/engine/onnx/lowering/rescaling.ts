import type { Ref } from '../graph.ts';
import type { Lowered, LoweringContext, Value } from '../value.ts';

interface Rescaling {
  /** One number, or one a channel. */
  scale: readonly number[];
  offset: readonly number[];
}

/** x · scale + offset. */
export function lowerRescaling({ g }: LoweringContext, { scale, offset }: Rescaling): Lowered {
  const row = (list: readonly number[]): Ref =>
    list.length === 1 ? g.scalar(list[0]!) : g.constant(Float32Array.from(list), [list.length]);
  const each = (x: Value, f: (t: Ref) => Ref): Value =>
    x.kind === 'features' ? { ...x, t: f(x.t) } : { ...x, strips: x.strips.map((s) => ({ ...s, t: f(s.t) })) };
  const by = row(scale);
  return {
    forward(x) {
      const shift = offset.every((v) => v === 0) ? null : row(offset);
      return each(x, (t) => (shift ? g.add(g.mul(t, by), shift) : g.mul(t, by)));
    },
    backward: (d) => each(d, (t) => g.mul(t, by)),
  };
}
