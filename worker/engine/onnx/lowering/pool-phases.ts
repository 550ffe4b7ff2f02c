import type { Graph, Ref } from '../graph.ts';

/**
 * Maximum over 2×2 windows. z: [rows, 2, 2, size], where the axes of two are a window's row and column; result [rows, size].
 * The mask, shaped like z, marks the first maximum in row-major order; what decides ties is done on bytes.
 */
export function maxOfPhases(g: Graph, z: Ref, rows: number, size: number, training: boolean) {
  const phases = g.reshape(z, [rows, 4, size]);
  const max = g.max(phases, [1], 1);
  if (!training) return { max, mask: null };
  const equal = g.op('Equal', [phases, max]);
  const [first, second, third] = [0, 1, 2].map((p) => g.slice(equal, 1, p, p + 1)) as [Ref, Ref, Ref];
  const two = g.op('Or', [first, second]);
  const three = g.op('Or', [two, third]);
  const marks = [first, g.op('Xor', [two, first]), g.op('Xor', [three, two]), g.op('Not', [three])];
  return { max, mask: g.reshape(g.concat(marks, 1), [rows, 2, 2, size]) };
}

/** The gradient of `maxOfPhases`: [rows, 2, 2, size]. */
export const spreadToPhases = (g: Graph, d: Ref, mask: Ref, rows: number, size: number): Ref =>
  g.mul(g.float(mask), g.reshape(d, [rows, 1, 1, size]));

/** A bias once per image: ONNX Runtime broadcasts longer rows several times faster. */
export const perImage = (g: Graph, bias: Ref, images: number, filters: number): Ref =>
  g.op('Expand', [bias, g.ints([images, filters])]);
