import type { Graph, Ref } from './graph.ts';
import { type Attribute, BOOL, FLOAT } from './onnx.ts';

/** What runs a graph: an execution provider of ONNX Runtime. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

type Lowering = (
  g: Graph,
  inputs: readonly Ref[],
  attributes: Readonly<Record<string, Attribute>>,
  domain: string,
) => Ref;
type Lowerings = Readonly<Record<string, Lowering>>;

const swapLastTwo = (g: Graph, t: Ref): Ref => {
  const axes = Array.from({ length: g.rank(t) }, (_, i) => i);
  const last = axes.length - 1;
  return g.transpose(t, [...axes.slice(0, -2), last, last - 1]);
};

const fusedMatMul: Lowering = (g, [a, b], { transA, transB }) => {
  if (g.rank(a!) === 2 && g.rank(b!) === 2) {
    return g.op('Gemm', [a!, b!], { transA: transA ?? 0, transB: transB ?? 0 });
  }
  return g.matmul(transA ? swapLastTwo(g, a!) : a!, transB ? swapLastTwo(g, b!) : b!);
};

const fold =
  (op: string): Lowering =>
  (g, inputs) =>
    inputs.reduce((a, b) => g.op(op, [a, b]));

/** What a comparison yields, as 0 and 1. */
const compared =
  (op: string): Lowering =>
  (g, inputs, attributes, domain) =>
    g.node('Cast', [g.node(op, inputs, attributes, domain)], { to: FLOAT });

/**
 * WebGPU has no kernels for Or, Xor, Equal, Slice and Concat of booleans, so there is no boolean at all: a condition is
 * 0 or 1 in float32, and every op that moves data moves it too.
 */
const webgpu: Lowerings = {
  Sum: fold('Add'),
  FusedMatMul: fusedMatMul,
  Equal: compared('Equal'),
  Greater: compared('Greater'),
  GreaterOrEqual: compared('GreaterOrEqual'),
  Less: compared('Less'),
  LessOrEqual: compared('LessOrEqual'),
  And: fold('Mul'),
  Or: fold('Max'),
  Xor: (g, [a, b]) => g.unary('Abs', g.sub(a!, b!)),
  Not: (g, [a]) => g.sub(g.scalar(1), a!),
  Where: (g, [condition, a, b]) => g.node('Where', [g.node('Cast', [condition!], { to: BOOL }), a!, b!]),
  // The only casts in a graph are of conditions.
  Cast: (_, [a]) => a!,
  DequantizeLinear: (g, [mask, scale]) => g.mul(mask!, scale!),
  Sign: (g, [a]) => g.sub(g.float(g.positive(a!)), g.float(g.positive(g.unary('Neg', a!)))),
  LogSoftmax: (g, [x], { axis = -1 }) => {
    const axes = [Number(axis)];
    const below = g.sub(x!, g.max(x!, axes, 1));
    return g.sub(below, g.unary('Log', g.sum(g.unary('Exp', below), axes, 1)));
  },
};

/**
 * How a provider does the ops that it has no kernel for, by the op's name: the one place where such an op is told. `Graph.op`
 * asks here, so a layer's lowering writes the op it means and knows no provider. CUDA has all but a blocked DequantizeLinear.
 */
export const LOWERINGS: Readonly<Record<Provider, Lowerings>> = {
  cpu: {},
  webgpu,
  cuda: { DequantizeLinear: (g, [mask, scale]) => g.mul(g.float(mask!), scale!) },
};

/**
 * Floats of a strip that a GPU takes at once: it is fastest with few large operations, each buffer within the 128 MiB that every
 * WebGPU device binds.
 */
export const DEVICE_STRIP: Readonly<Record<Exclude<Provider, 'cpu'>, number>> = { webgpu: 1 << 25, cuda: 1 << 26 };
