import type { Ref } from '../graph.ts';
import { rowsOf } from '../strips.ts';
import type { Lowered, LoweringContext, Value } from '../value.ts';

interface Dense {
  layer: string;
  inputs: number;
  units: number;
  bias: boolean;
}

/** x W + b over the last axis; with a feature map that is also a 1×1 convolution. */
export function lowerDense(context: LoweringContext, { layer, inputs, units, bias }: Dense): Lowered {
  const { g, images } = context;
  const w = () => g.reshape(context.parameter(`${layer}/kernel`), [inputs, units]);
  let x: Value;
  const affine = (t: Ref, weights: Ref) => {
    const y = g.matmul(t, weights);
    return bias ? g.add(y, context.parameter(`${layer}/bias`)) : y;
  };
  return {
    forward(value) {
      x = value;
      const weights = w();
      if (x.kind === 'features') return { kind: 'features', t: affine(x.t, weights), size: units };
      return { ...x, channels: units, strips: x.strips.map((s) => ({ rows: s.rows, t: affine(s.t, weights) })) };
    },
    backward(d) {
      const dws: Ref[] = [];
      const dbs: Ref[] = [];
      const one = (from: Ref, dy: Ref) => {
        dws.push(g.matmulTN(from, dy));
        if (bias) dbs.push(g.sum(dy, [0]));
        return context.needsInputGradient ? g.matmulNT(dy, w()) : '';
      };
      const finish = () => {
        context.gradient(`${layer}/kernel`, g.total(dws));
        if (bias) context.gradient(`${layer}/bias`, g.total(dbs));
      };
      if (x.kind === 'features' || d.kind === 'features') {
        if (x.kind !== 'features' || d.kind !== 'features') throw new Error('value and gradient differ in form');
        const t = one(x.t, d.t);
        finish();
        return context.needsInputGradient ? { ...x, t } : null;
      }
      const { columns } = x;
      let at = 0;
      const strips = x.strips.map(({ t, rows }) => {
        const dy = g.reshape(rowsOf(g, d.strips, at, at + rows), [rows * columns.stored * images, units]);
        at += rows;
        const dx = one(g.reshape(t, [rows * columns.stored * images, inputs]), dy);
        return { rows, t: dx && g.reshape(dx, [rows, columns.stored, images, inputs]) };
      });
      finish();
      return context.needsInputGradient ? { ...x, strips } : null;
    },
  };
}
