import { type Attribute, encodeModel, FLOAT, type OnnxNode, type OnnxTensor, type OnnxValue } from './onnx.ts';
import { DEVICE_STRIP, LOWERINGS, type Provider } from './provider.ts';

/** The name of a tensor inside a graph. */
export type Ref = string;

/** ONNX Runtime's own convolutions with channels last. */
const NHWC = 'com.ms.internal.nhwc';

/** ONNX Runtime's own blocked convolutions; it takes weights that are computed in the graph, too. */
export const NCHWC = 'com.microsoft.nchwc';

/**
 * Builds an ONNX graph node by node, for the provider that will run it. A layer's lowering calls these methods, or `op` with
 * any op of ONNX, and never asks for the provider: an op that WebGPU has no kernel for gets its substitute in
 * `provider.ts`, by the op's name. There a condition (Greater, Equal, And, …) is a float of 0 or 1, so make one with an
 * op of that kind, turn it into numbers with `float`, and choose with `op('Where', …)`; no other Cast is meant for graphs.
 * The suite on software Vulkan refuses a graph with an op that is missing, by its name (`test/engine/onnx-webgpu.test.ts`).
 */
export class Graph {
  readonly provider: Provider;
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<Ref, OnnxTensor>();
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  /** Put in front of node names, so that a profile says which layer a node belongs to. */
  prefix = '';
  /** Channels that ONNX Runtime's blocked convolutions take together; 1: it has none for this processor or provider. */
  readonly block: number;
  #count = 0;
  readonly #ranks = new Map<Ref, number>();
  /** The names of constant lists of integers, by what they hold. */
  readonly #lists = new Map<string, Ref>();

  constructor(provider: Provider = 'cpu', block = 1) {
    this.provider = provider;
    this.block = block;
  }

  input(name: Ref, dims: readonly (number | string)[]): Ref {
    this.inputs.push({ name, dims });
    this.#ranks.set(name, dims.length);
    return name;
  }

  output(name: Ref, from: Ref, dims: readonly (number | string)[]): void {
    this.nodes.push({ op: 'Identity', name: `out/${name}`, inputs: [from], output: name, attributes: {}, domain: '' });
    this.outputs.push({ name, dims });
  }

  /** An op by its name in ONNX, or what this provider does instead. */
  op(op: string, inputs: readonly Ref[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): Ref {
    const lowering = LOWERINGS[this.provider][op];
    return lowering ? lowering(this, inputs, attributes, domain) : this.node(op, inputs, attributes, domain);
  }

  /** How many floats an operation should take at once. @param cached as many as stay in a CPU's caches */
  strip(cached: number): number {
    return this.provider === 'cpu' ? cached : DEVICE_STRIP[this.provider];
  }

  /** The number of a tensor's axes. */
  rank(t: Ref): number {
    return this.#ranks.get(t) ?? this.constants.get(t)?.dims.length ?? 0;
  }

  #rankOf(op: string, inputs: readonly Ref[], attributes: Readonly<Record<string, Attribute>>): number {
    const listed = () => this.constants.get(inputs[1]!)?.dims[0] ?? 0;
    if (op === 'Reshape') return listed();
    if (op.startsWith('Reduce') && attributes.keepdims === 0) {
      const axes = listed();
      return axes === 0 ? 0 : this.rank(inputs[0]!) - axes;
    }
    if (op === 'Expand') return Math.max(this.rank(inputs[0]!), listed());
    // Elementwise with broadcasting, products, and all that keeps its first input's axes.
    return Math.max(...inputs.map((t) => this.rank(t)));
  }

  /** A node as it is, for lowerings of ops that know their provider. */
  node(op: string, inputs: readonly Ref[], attributes: Readonly<Record<string, Attribute>> = {}, domain = ''): Ref {
    const name = `${this.prefix}${op}_${this.#count++}`;
    this.nodes.push({ op, name, inputs, output: name, attributes, domain });
    this.#ranks.set(name, this.#rankOf(op, inputs, attributes));
    return name;
  }

  #once(key: Ref, make: () => OnnxTensor): Ref {
    if (!this.constants.has(key)) this.constants.set(key, make());
    return key;
  }

  constant(data: Float32Array, dims: readonly number[]): Ref {
    return this.#once(`constant_${this.#count++}`, () => ({ data, dims }));
  }

  named(name: string, data: Float32Array, dims: readonly number[]): Ref {
    return this.#once(name, () => ({ data, dims }));
  }

  ints(list: readonly number[]): Ref {
    return this.#integers([list.length], list);
  }

  #integers(dims: readonly number[], list: readonly number[]): Ref {
    const key = `${dims.join('x')}: ${list.join(' ')}`;
    const name = this.#lists.get(key) ?? `integers_${this.#lists.size}`;
    this.#lists.set(key, name);
    return this.#once(name, () => ({ data: BigInt64Array.from(list.map((v) => BigInt(v))), dims }));
  }

  scalar(value: number): Ref {
    return this.#once(`scalar_${value}`, () => ({ data: Float32Array.of(value), dims: [] }));
  }

  zeros(dims: readonly number[]): Ref {
    return this.#once(`zeros_${dims.join('_')}`, () => ({
      data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
      dims,
    }));
  }

  /** A row of ones. */
  ones(n: number): Ref {
    return this.#once(`ones_${n}`, () => ({ data: new Float32Array(n).fill(1), dims: [1, n] }));
  }

  matrix(rows: readonly (readonly number[])[]): Ref {
    return this.constant(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
  }

  reshape(x: Ref, dims: readonly number[]): Ref {
    return this.op('Reshape', [x, this.ints(dims)]);
  }

  transpose(x: Ref, perm: readonly number[]): Ref {
    return this.op('Transpose', [x], { perm });
  }

  slice(x: Ref, axis: number, from: number, to: number): Ref {
    return this.slices(x, [axis], [from], [to], [1]);
  }

  slices(
    x: Ref,
    axes: readonly number[],
    from: readonly number[],
    to: readonly number[],
    steps: readonly number[],
  ): Ref {
    const strides = steps.every((s) => s === 1) ? [] : [this.ints(steps)];
    return this.op('Slice', [x, this.ints(from), this.ints(to), this.ints(axes), ...strides]);
  }

  gather(x: Ref, axis: number, list: readonly number[]): Ref {
    return this.op('Gather', [x, this.ints(list)], { axis });
  }

  /** x with `updates` added at these places of its first axis, each named once at most. */
  addAt(x: Ref, places: readonly number[], updates: Ref): Ref {
    return this.op('ScatterND', [x, this.#integers([places.length, 1], places), updates], {
      reduction: { text: 'add' },
    });
  }

  concat(list: readonly Ref[], axis: number): Ref {
    return list.length === 1 ? list[0]! : this.op('Concat', list, { axis });
  }

  /** Pads with a value; a negative count crops. */
  pad(x: Ref, before: readonly number[], after: readonly number[], value = 0): Ref {
    if (before.every((v) => v === 0) && after.every((v) => v === 0)) return x;
    return this.op('Pad', [x, this.ints([...before, ...after]), this.scalar(value)]);
  }

  add(a: Ref, b: Ref): Ref {
    return this.op('Add', [a, b]);
  }

  sub(a: Ref, b: Ref): Ref {
    return this.op('Sub', [a, b]);
  }

  mul(a: Ref, b: Ref): Ref {
    return this.op('Mul', [a, b]);
  }

  div(a: Ref, b: Ref): Ref {
    return this.op('Div', [a, b]);
  }

  scale(x: Ref, by: number): Ref {
    return by === 1 ? x : this.mul(x, this.scalar(by));
  }

  unary(op: 'Abs' | 'Exp' | 'Log' | 'Neg' | 'Relu' | 'Sigmoid' | 'Sqrt', x: Ref): Ref {
    return this.op(op, [x]);
  }

  sum(x: Ref, axes: readonly number[], keepdims: 0 | 1 = 0): Ref {
    return this.op('ReduceSum', [x, this.ints(axes)], { keepdims });
  }

  mean(x: Ref, axes: readonly number[], keepdims: 0 | 1 = 0): Ref {
    return this.op('ReduceMean', [x, this.ints(axes)], { keepdims });
  }

  max(x: Ref, axes: readonly number[], keepdims: 0 | 1 = 0): Ref {
    return this.op('ReduceMax', [x, this.ints(axes)], { keepdims });
  }

  total(list: readonly Ref[]): Ref {
    return list.length === 1 ? list[0]! : this.op('Sum', list);
  }

  /** 1 where the condition holds, else 0. */
  float(condition: Ref): Ref {
    return this.op('Cast', [condition], { to: FLOAT });
  }

  positive(x: Ref): Ref {
    return this.op('Greater', [x, this.scalar(0)]);
  }

  matmul(a: Ref, b: Ref): Ref {
    return this.op('MatMul', [a, b]);
  }

  /**
   * ONNX's Conv or ConvTranspose of a map in HWNC order, to one in HWNC order.
   * @param filters as ONNX orders them: [out, in / group, rows, columns], for ConvTranspose [in, out / group, rows, columns]
   * @param channels of x and of the result
   */
  convolution(
    op: 'Conv' | 'ConvTranspose',
    x: Ref,
    filters: Ref,
    bias: Ref | null,
    channels: readonly [number, number],
    attributes: Readonly<Record<string, Attribute>>,
  ): Ref {
    const inputs = (t: Ref) => [t, filters, ...(bias ? [bias] : [])];
    // With channels last WebGPU reads four at once; ONNX Runtime 1.30 is wrong there with, say, 6 in and 16 out.
    if (this.provider !== 'webgpu' || attributes.group !== 1 || channels.some((n) => n % 4 !== 0)) {
      return this.transpose(this.op(op, inputs(this.transpose(x, [2, 3, 0, 1])), attributes), [2, 3, 0, 1]);
    }
    const y = this.node(op, inputs(this.transpose(x, [2, 0, 1, 3])), attributes, NHWC);
    return this.transpose(y, [1, 2, 0, 3]);
  }

  /** aᵀ b over the last two axes. */
  matmulTN(a: Ref, b: Ref): Ref {
    return this.op('FusedMatMul', [a, b], { transA: 1, transB: 0 }, 'com.microsoft');
  }

  /** a bᵀ over the last two axes. */
  matmulNT(a: Ref, b: Ref): Ref {
    return this.op('FusedMatMul', [a, b], { transA: 0, transB: 1 }, 'com.microsoft');
  }

  /**
   * A small tensor, unchanged, but ready only after another has been computed. ONNX Runtime orders nodes depth first
   * from the outputs, and would otherwise put off what only the backward pass reads, holding large activations meanwhile.
   */
  after(small: Ref, other: Ref, kind: 'float' | 'boolean' = 'float'): Ref {
    const first = this.slice(this.reshape(other, [-1]), 0, 0, 1);
    return this.op('Where', [kind === 'boolean' ? first : this.positive(first), small, small]);
  }

  /** The bytes of a graph for this ONNX Runtime: its own fused products are allowed. */
  model(): Uint8Array {
    const { nodes, constants, inputs, outputs } = this;
    const blocked = this.block > 1 ? [[NCHWC, 1] as const] : [];
    const last = this.provider === 'webgpu' ? [[NHWC, 17] as const] : [];
    const opsets = [['', 21] as const, ['com.microsoft', 1] as const, ...blocked, ...last];
    return encodeModel({ name: 'step', irVersion: 10, opsets, nodes, constants, inputs, outputs });
  }
}
