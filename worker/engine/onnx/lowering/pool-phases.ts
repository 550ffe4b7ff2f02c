import type { Graph, Ref } from '../graph.ts';

/**
 * Maximum over 2×2 windows that lie as phases: z is [rows, 2, 2, size]. The mask marks the first maximum in row-major
 * order. Reducing an inner axis is several times faster in ONNX Runtime than `Max` of two slices.
 */
export function maxOfPhases(
  g: Graph,
  z: Ref,
  rows: number,
  size: number,
  training: boolean,
): { max: Ref; mask: Ref | null } {
  const pairwise = (x: Ref, n: number) => {
    const pair = g.reshape(x, [rows, 2, n]);
    const max = g.max(pair, [1], 1);
    if (!training) return { max, mask: '' };
    const first = g.op('Equal', [g.slice(pair, 1, 0, 1), max]);
    return { max, mask: g.concat([first, g.op('Not', [first])], 1) };
  };
  const byRow = pairwise(z, 2 * size);
  const { max, mask } = pairwise(byRow.max, size);
  if (!training) return { max, mask: null };
  const both = [g.reshape(byRow.mask, [rows, 2, 2, size]), g.reshape(mask, [rows, 1, 2, size])];
  return { max, mask: g.op('And', both) };
}

/** The gradient of `maxOfPhases`: [rows, 2, 2, size]. */
export const spreadToPhases = (g: Graph, d: Ref, mask: Ref, rows: number, size: number): Ref =>
  g.mul(g.float(mask), g.reshape(d, [rows, 1, 1, size]));
