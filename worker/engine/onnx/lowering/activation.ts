import type { Graph, Ref } from '../graph.ts';
import type { Activation } from '../plan.ts';
import { asFeatures, rowsOf } from '../strips.ts';
import type { Lowered, LoweringContext, Strip, Value } from '../value.ts';

function apply(g: Graph, kind: Activation, x: Ref): Ref {
  if (kind === 'softmax') return g.op('Softmax', [x], { axis: -1 });
  return g.unary(kind === 'relu' ? 'Relu' : 'Sigmoid', x);
}

/** The gradient of a ReLU, from its result. */
export const reluGradient = (g: Graph, d: Ref, y: Ref): Ref => g.mul(d, g.float(g.positive(y)));

function gradient(g: Graph, kind: Activation, d: Ref, y: Ref): Ref {
  if (kind === 'relu') return reluGradient(g, d, y);
  const dy = g.mul(d, y);
  if (kind === 'sigmoid') return g.mul(dy, g.sub(g.scalar(1), y));
  return g.sub(dy, g.mul(y, g.sum(dy, [-1], 1)));
}

/** Elementwise, or along channels (softmax): any strips and any stored column order pass through. */
export function lowerActivation({ g }: LoweringContext, kind: Activation): Lowered {
  let y: Value;
  return {
    forward(x) {
      y =
        x.kind === 'map'
          ? { ...x, strips: x.strips.map((s) => ({ ...s, t: apply(g, kind, s.t) })) }
          : { ...x, t: apply(g, kind, x.t) };
      return y;
    },
    backward(d) {
      if (y.kind === 'features') return { ...y, t: gradient(g, kind, asFeatures(d).t, y.t) };
      if (d.kind !== 'map') throw new Error('a feature map was expected');
      let at = 0;
      const strips: Strip[] = y.strips.map((s) => {
        const part = rowsOf(g, d.strips, at, at + s.rows);
        at += s.rows;
        return { rows: s.rows, t: gradient(g, kind, part, s.t) };
      });
      return { ...y, strips };
    },
  };
}
