import type { Graph, Ref } from '../graph.ts';
import { maskedOnce } from '../masked.ts';
import type { Activation } from '../operation.ts';
import { asFeatures, asMap, rowsOf } from '../strips.ts';
import type { Lowered, LoweringContext, Strip, Value } from '../value.ts';

/** Keras's default slope of leaky_relu below 0. */
const SLOPE = 0.2;

/** The gradient of a ReLU, from its result: of one shape. */
export const reluGradient = (g: Graph, d: Ref, y: Ref): Ref => maskedOnce(g, d, g.positive(y));

/** One part of a value: its result, and its argument's gradient from the result's. */
interface Applied {
  y: Ref;
  gradient(d: Ref): Ref;
}

/** Between two bounds, the bounds themselves not counted, as TensorFlow's gradients have it. */
const inside = (g: Graph, t: Ref, from: number, to: number): Ref =>
  g.float(g.op('And', [g.op('Greater', [t, g.scalar(from)]), g.op('Less', [t, g.scalar(to)])]));

function apply(g: Graph, kind: Activation, x: Ref): Applied {
  const one = g.scalar(1);
  const simple = (y: Ref, slope: () => Ref): Applied => ({ y, gradient: (d) => g.mul(d, slope()) });
  switch (kind) {
    case 'relu': {
      const y = g.unary('Relu', x);
      return { y, gradient: (d) => reluGradient(g, d, y) };
    }
    case 'relu6': {
      const y = g.op('Clip', [x, g.scalar(0), g.scalar(6)]);
      return simple(y, () => inside(g, y, 0, 6));
    }
    case 'leaky_relu': {
      const y = g.op('LeakyRelu', [x], { alpha: { float: SLOPE } });
      return simple(y, () => g.add(g.scale(g.float(g.positive(y)), 1 - SLOPE), g.scalar(SLOPE)));
    }
    case 'elu': {
      const y = g.op('Elu', [x], { alpha: { float: 1 } });
      // eˣ is y + 1 below 0; above it the slope is 1.
      return simple(y, () => g.add(g.sub(y, g.unary('Relu', y)), one));
    }
    case 'gelu': {
      const phi = g.add(g.scale(g.op('Erf', [g.scale(x, Math.SQRT1_2)]), 0.5), g.scalar(0.5));
      const density = () => g.scale(g.unary('Exp', g.scale(g.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return simple(g.mul(x, phi), () => g.add(phi, g.mul(x, density())));
    }
    case 'silu': {
      const s = g.unary('Sigmoid', x);
      const y = g.mul(x, s);
      return simple(y, () => g.add(s, g.mul(y, g.sub(one, s))));
    }
    case 'hard_swish': {
      const s = g.op('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
      return simple(g.mul(x, s), () => g.add(s, g.scale(g.mul(x, inside(g, s, 0, 1)), 1 / 6)));
    }
    case 'softmax': {
      const y = g.op('Softmax', [x], { axis: -1 });
      const gradient = (d: Ref) => {
        const dy = g.mul(d, y);
        return g.sub(dy, g.mul(y, g.sum(dy, [-1], 1)));
      };
      return { y, gradient };
    }
    case 'sigmoid': {
      const y = g.unary('Sigmoid', x);
      return simple(y, () => g.mul(y, g.sub(one, y)));
    }
    case 'tanh': {
      const y = g.op('Tanh', [x]);
      return simple(y, () => g.sub(one, g.mul(y, y)));
    }
  }
}

/** Elementwise, or along channels (softmax): any strips and any stored column order pass through. */
export function lowerActivation({ g }: LoweringContext, kind: Activation): Lowered {
  let y: Value;
  let parts: readonly Applied[] = [];
  return {
    forward(x) {
      if (x.kind === 'features') {
        parts = [apply(g, kind, x.t)];
        y = { ...x, t: parts[0]!.y };
      } else {
        parts = x.strips.map((s) => apply(g, kind, s.t));
        y = { ...x, strips: x.strips.map((s, i) => ({ ...s, t: parts[i]!.y })) };
      }
      return y;
    },
    backward(d) {
      if (y.kind === 'features') return { ...y, t: parts[0]!.gradient(asFeatures(d).t) };
      const { strips } = asMap(d);
      let at = 0;
      const back = y.strips.map(({ rows }, i): Strip => {
        const part = rowsOf(g, strips, at, at + rows);
        at += rows;
        return { rows, t: parts[i]!.gradient(part) };
      });
      return { ...y, strips: back };
    },
  };
}
