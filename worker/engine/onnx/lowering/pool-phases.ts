import type { Graph, Ref } from '../graph.ts';
import { masked } from '../masked.ts';

/**
 * Maximum over 2×2 windows. z: [rows, 2, 2, size], where the axes of two are a window's row and column; result [rows, size].
 * The mask, [rows, 4, size], marks the first maximum in row-major order, if it exceeds `least`; what decides ties is done
 * on bytes.
 */
export function maxOfPhases(
  g: Graph,
  z: Ref,
  rows: number,
  size: number,
  training: boolean,
  least: Least | null = null,
) {
  const phases = g.reshape(z, [rows, 4, size]);
  const max = g.max(phases, [1], 1);
  if (!training) return { max, mask: null };
  const equal = g.op('Equal', [phases, max]);
  const [first, second, third] = [0, 1, 2].map((p) => g.slice(equal, 1, p, p + 1)) as [Ref, Ref, Ref];
  const above =
    least &&
    (least.dims.length === 0
      ? g.op('Greater', [max, least.t])
      : g.reshape(g.op('Greater', [g.reshape(max, [-1, ...least.dims]), least.t]), [rows, 1, size]));
  const among = (m: Ref) => (above ? g.op('And', [m, above]) : m);
  const two = g.op('Or', [first, second]);
  const [a, b, c] = [first, two, g.op('Or', [two, third])].map(among) as [Ref, Ref, Ref];
  const last = above ? g.op('Xor', [above, c]) : g.op('Not', [c]);
  const marks = [a, g.op('Xor', [b, a]), g.op('Xor', [c, b]), last];
  return { max, mask: g.concat(marks, 1) };
}

/** The gradient of `maxOfPhases`: [rows, 4, size]. */
export const spreadToPhases = (g: Graph, d: Ref, mask: Ref, rows: number, size: number): Ref =>
  masked(g, g.reshape(d, [rows, 1, size]), mask, 1, 4);

/** A bias once per image: ONNX Runtime broadcasts longer rows several times faster. */
export const perImage = (g: Graph, bias: Ref, images: number, filters: number): Ref =>
  g.op('Expand', [bias, g.ints([images, filters])]);

/** What a window's maximum must exceed: [images, filters] or a scalar. */
export interface Least {
  t: Ref;
  dims: readonly [] | readonly [number, number];
}

/** max + bias > 0 exactly where max > −bias: the ReLU behind a pool becomes part of its mask. */
export const leastForRelu = (g: Graph, bias: Ref | null, images: number, filters: number): Least => ({
  t: bias ? g.unary('Neg', bias) : g.zeros([images, filters]),
  dims: [images, filters],
});

/** The ReLU's bound where the bias is in the products already. */
export const aboveZero = (g: Graph): Least => ({ t: g.scalar(0), dims: [] });
