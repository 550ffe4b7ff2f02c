import type { Graph, Ref } from '../graph.ts';

/** The four pixels of every 2×2 window, each a tensor of [rows, …, size] values: top left, top right, bottom left, … */
export type Phases = readonly [Ref, Ref, Ref, Ref];

/**
 * Maximum over 2×2 windows whose pixels lie in four tensors. The mask, [rows, 2, 2, size], marks the first maximum in
 * row-major order. Four products with parts of a matrix cost less than one and slices of it: ONNX Runtime copies slices
 * on one thread.
 */
export function maxOfPhases(g: Graph, z: Phases, rows: number, size: number, training: boolean) {
  const pairwise = (first: Ref, second: Ref) => {
    const max = g.op('Max', [first, second]);
    return { max, isFirst: training ? g.op('Equal', [first, max]) : '' };
  };
  const top = pairwise(z[0], z[1]);
  const bottom = pairwise(z[2], z[3]);
  const { max, isFirst: isTop } = pairwise(top.max, bottom.max);
  if (!training) return { max, mask: null };
  const isBottom = g.op('Not', [isTop]);
  const [topLeft, bottomLeft] = [g.op('And', [isTop, top.isFirst]), g.op('And', [isBottom, bottom.isFirst])];
  const all = [topLeft, g.op('Xor', [isTop, topLeft]), bottomLeft, g.op('Xor', [isBottom, bottomLeft])];
  const mask = g.concat(
    all.map((m) => g.reshape(m, [rows, 1, size])),
    1,
  );
  return { max, mask: g.reshape(mask, [rows, 2, 2, size]) };
}

/** The gradient of `maxOfPhases`: [rows, 2, 2, size]. */
export const spreadToPhases = (g: Graph, d: Ref, mask: Ref, rows: number, size: number): Ref =>
  g.mul(g.float(mask), g.reshape(d, [rows, 1, 1, size]));
