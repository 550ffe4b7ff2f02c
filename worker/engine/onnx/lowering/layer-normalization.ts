import type { Graph, Ref } from '../graph.ts';
import { asFeatures, asMap, rowsOf } from '../strips.ts';
import type { Lowered, LoweringContext, Strip, Value } from '../value.ts';
import type { Normalization } from './normalization.ts';

/** A part with its last axis normalized, and 1/σ of each row. */
interface Normal {
  t: Ref;
  inverse: Ref;
}

function normalized(g: Graph, x: Ref, epsilon: number): Normal {
  const centred = g.sub(x, g.mean(x, [-1], 1));
  const variance = g.mean(g.mul(centred, centred), [-1], 1);
  const inverse = g.div(g.scalar(1), g.unary('Sqrt', g.add(variance, g.scalar(epsilon))));
  return { t: g.mul(centred, inverse), inverse };
}

/** Keras's LayerNormalization: the channels of each pixel by themselves (Ba, Kiros, Hinton 2016). */
export function lowerLayerNormalization(context: LoweringContext, spec: Normalization): Lowered {
  const { g } = context;
  const { layer, epsilon, channels, center, scale } = spec;
  const parameter = (name: string) => context.parameter(`${layer}/${name}`);
  let x: Value;
  let normals: readonly Normal[] = [];
  const affine = ({ t }: Normal): Ref => {
    const scaled = scale ? g.mul(t, parameter('gamma')) : t;
    return center ? g.add(scaled, parameter('beta')) : scaled;
  };
  return {
    forward(value) {
      x = value;
      if (x.kind === 'features') {
        normals = [normalized(g, x.t, epsilon)];
        return { ...x, t: affine(normals[0]!) };
      }
      normals = x.strips.map((s) => normalized(g, s.t, epsilon));
      return { ...x, strips: x.strips.map((s, i) => ({ ...s, t: affine(normals[i]!) })) };
    },
    backward(d) {
      const betas: Ref[] = [];
      const gammas: Ref[] = [];
      const one = (dy: Ref, i: number): Ref => {
        const { t, inverse } = normals[i]!;
        const flat = (v: Ref) => g.reshape(v, [-1, channels]);
        if (center) betas.push(g.sum(flat(dy), [0]));
        if (scale) gammas.push(g.sum(flat(g.mul(dy, t)), [0]));
        const own = scale ? g.mul(dy, parameter('gamma')) : dy;
        const along = g.mul(t, g.mean(g.mul(own, t), [-1], 1));
        return g.mul(g.sub(g.sub(own, g.mean(own, [-1], 1)), along), inverse);
      };
      const finish = () => {
        if (center) context.gradient(`${layer}/beta`, g.total(betas));
        if (scale) context.gradient(`${layer}/gamma`, g.total(gammas));
      };
      if (x.kind === 'features') {
        const t = one(asFeatures(d).t, 0);
        finish();
        return { ...x, t };
      }
      let at = 0;
      const strips = x.strips.map(({ rows }, i): Strip => {
        const part = rowsOf(g, asMap(d).strips, at, at + rows);
        at += rows;
        return { rows, t: one(part, i) };
      });
      finish();
      return { ...x, strips };
    },
  };
}
