import type { Graph, Ref } from './graph.ts';
import { UINT8 } from './onnx.ts';

/**
 * x where a condition holds, else 0; `times` conditions stand along `axis` for each number of x. Dequantizing in blocks is
 * byte × scale in one pass, where making floats of the condition and multiplying would be two.
 */
export const masked = (g: Graph, x: Ref, condition: Ref, axis: number, times: number): Ref =>
  g.op('DequantizeLinear', [g.op('Cast', [condition], { to: UINT8 }), x], { axis, block_size: times });
