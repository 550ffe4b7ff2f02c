import type { Ref } from '../graph.ts';
import { product } from '../product.ts';
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
  const affine = (t: Ref, weights: Ref, all: number) => {
    const y = product(g, t, weights, { rows: all, columns: units, inner: inputs });
    return bias ? g.add(y, context.parameter(`${layer}/bias`)) : y;
  };
  return {
    forward(value) {
      x = value;
      const weights = w();
      if (x.kind === 'features') return { kind: 'features', t: affine(x.t, weights, images), size: units };
      const { stored } = x.columns;
      const strips = x.strips.map(({ t, rows }) => {
        const all = rows * stored * images;
        const y = affine(g.reshape(t, [all, inputs]), weights, all);
        return { rows, t: g.reshape(y, [rows, stored, images, units]) };
      });
      return { ...x, channels: units, strips };
    },
    backward(d) {
      const dws: Ref[] = [];
      const dbs: Ref[] = [];
      const one = (from: Ref, dy: Ref, all: number) => {
        dws.push(product(g, from, dy, { rows: inputs, columns: units, inner: all }, { transA: true }));
        if (bias) dbs.push(g.sum(dy, [0]));
        if (!context.needsInputGradient) return '';
        return product(g, dy, w(), { rows: all, columns: inputs, inner: units }, { transB: true });
      };
      const finish = () => {
        context.gradient(`${layer}/kernel`, g.total(dws));
        if (bias) context.gradient(`${layer}/bias`, g.total(dbs));
      };
      if (x.kind === 'features' || d.kind === 'features') {
        if (x.kind !== 'features' || d.kind !== 'features') throw new Error('value and gradient differ in form');
        const t = one(x.t, d.t, images);
        finish();
        return context.needsInputGradient ? { ...x, t } : null;
      }
      const { columns } = x;
      let at = 0;
      const strips = x.strips.map(({ t, rows }) => {
        const all = rows * columns.stored * images;
        const dy = g.reshape(rowsOf(g, d.strips, at, at + rows), [all, units]);
        at += rows;
        const dx = one(g.reshape(t, [all, inputs]), dy, all);
        return { rows, t: dx && g.reshape(dx, [rows, columns.stored, images, inputs]) };
      });
      finish();
      return context.needsInputGradient ? { ...x, strips } : null;
    },
  };
}
