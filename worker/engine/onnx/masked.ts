import type { Graph, Ref } from './graph.ts';
import { UINT8 } from './onnx.ts';

/**
 * x where a condition holds, else 0; `times` conditions stand along `axis` for each number of x. Dequantizing in blocks is
 * byte × scale in one pass, where making floats of the condition and multiplying would be two.
 */
export const masked = (g: Graph, x: Ref, condition: Ref, axis: number, times: number): Ref =>
  g.op('DequantizeLinear', [g.op('Cast', [condition], { to: UINT8 }), x], { axis, block_size: times });

/** One condition for each number. ONNX Runtime repeats a dequantization for each of its readers: so it has one. */
export function maskedOnce(g: Graph, x: Ref, condition: Ref): Ref {
  const t = masked(g, x, condition, 0, 1);
  return g.reshape(t, new Array<number>(g.rank(t)).fill(0));
}
