/** A tensor of TensorFlow.js, whatever its backend. */
export interface Tensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  dispose(): void;
}

type Pair = [number, number];
type Padding = 'valid' | 'same';

/** The part of TensorFlow.js that the engine uses: the package is optional, so its own types may be missing. */
export interface TensorFlow {
  getBackend(): string;
  tidy<T>(f: () => T): T;
  keep(t: Tensor): Tensor;
  tensor(data: Float32Array, shape: number[], dtype: 'float32'): Tensor;
  valueAndGrads(f: (...xs: Tensor[]) => Tensor): (xs: Tensor[]) => { value: Tensor; grads: Tensor[] };
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor | number, b: Tensor | number): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  div(a: Tensor, b: Tensor | number): Tensor;
  abs(a: Tensor): Tensor;
  sign(a: Tensor): Tensor;
  maximum(a: Tensor, b: Tensor): Tensor;
  neg(a: Tensor): Tensor;
  sqrt(a: Tensor): Tensor;
  square(a: Tensor): Tensor;
  pow(a: Tensor, exponent: number): Tensor;
  log(a: Tensor): Tensor;
  relu(a: Tensor): Tensor;
  sigmoid(a: Tensor): Tensor;
  softplus(a: Tensor): Tensor;
  softmax(a: Tensor): Tensor;
  logSoftmax(a: Tensor): Tensor;
  clipByValue(a: Tensor, low: number, high: number): Tensor;
  leakyRelu(a: Tensor, slope: number): Tensor;
  elu(a: Tensor): Tensor;
  erf(a: Tensor): Tensor;
  tanh(a: Tensor): Tensor;
  max(a: Tensor, axis?: number[], keepDims?: boolean): Tensor;
  concat(list: Tensor[], axis: number): Tensor;
  pad(a: Tensor, paddings: Pair[]): Tensor;
  slice(a: Tensor, begin: number[], size: number[]): Tensor;
  transpose(a: Tensor, perm: number[]): Tensor;
  conv2dTranspose(
    x: Tensor,
    filter: Tensor,
    shape: [number, number, number, number],
    strides: Pair,
    pad: Padding,
  ): Tensor;
  sum(a: Tensor, axis?: number[], keepDims?: boolean): Tensor;
  mean(a: Tensor, axis?: number[], keepDims?: boolean): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  reshape(a: Tensor, shape: number[]): Tensor;
  conv2d(x: Tensor, filter: Tensor, strides: Pair, pad: Padding): Tensor;
  depthwiseConv2d(x: Tensor, filter: Tensor, strides: Pair, pad: Padding): Tensor;
  maxPool(x: Tensor, size: Pair, strides: Pair, pad: Padding): Tensor;
}
