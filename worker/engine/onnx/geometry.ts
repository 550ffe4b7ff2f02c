type Pair = readonly [number, number];

/** A window that slides over rows and columns. */
export interface Geometry {
  kernel: Pair;
  strides: Pair;
  /** Rows and columns of zeros (of −∞ for a maximum) before the input; those after it follow from the rest. */
  before: Pair;
  /** The whole input's and output's rows and columns. */
  input: Pair;
  output: Pair;
}

const both = (f: (axis: 0 | 1) => number): Pair => [f(0), f(1)];

/** TensorFlow's rule for `same`: ceil(n / stride) outputs, the odd zero of padding goes after. */
export function geometry(input: Pair, kernel: Pair, strides: Pair, padding: 'valid' | 'same', what: string): Geometry {
  const output = both((a) =>
    padding === 'same' ? Math.ceil(input[a] / strides[a]) : Math.floor((input[a] - kernel[a]) / strides[a]) + 1,
  );
  if (output[0] < 1 || output[1] < 1) {
    throw new Error(`${what}: a ${kernel.join('×')} window does not fit into ${input.join('×')} pixels`);
  }
  const before = both((a) =>
    padding === 'same' ? Math.floor(Math.max((output[a] - 1) * strides[a] + kernel[a] - input[a], 0) / 2) : 0,
  );
  return { kernel, strides, before, input, output };
}

/** How much of the input the first `output` rows and columns of the result read. */
export const usedInput = ({ kernel, strides, before, input }: Geometry, output: Pair): Pair =>
  both((a) => Math.min(input[a], (output[a] - 1) * strides[a] + kernel[a] - before[a]));

/** Padding after the used input that the used output reads. */
export const after = ({ kernel, strides, before }: Geometry, input: Pair, output: Pair): Pair =>
  both((a) => (output[a] - 1) * strides[a] + kernel[a] - before[a] - input[a]);
