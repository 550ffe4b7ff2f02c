import { extent, outputLength } from '@tidemark/training/layers/output-shape';

type Pair = readonly [number, number];

/** A window that slides over rows and columns. */
export interface Geometry {
  kernel: Pair;
  strides: Pair;
  /** How far apart the pixels under the window are. */
  dilation: Pair;
  /** Rows and columns of zeros (of −∞ for a maximum) before the input; those after it follow from the rest. */
  before: Pair;
  /** The whole input's and output's rows and columns. */
  input: Pair;
  output: Pair;
}

const both = (f: (axis: 0 | 1) => number): Pair => [f(0), f(1)];

/** What the window covers, gaps included. */
export const extents = ({ kernel, dilation }: Pick<Geometry, 'kernel' | 'dilation'>): Pair =>
  both((a) => extent(kernel[a], dilation[a]));

/** TensorFlow's rule for `same`: ceil(n / stride) outputs, the odd zero of padding goes after. */
export function geometry(
  input: Pair,
  kernel: Pair,
  strides: Pair,
  padding: 'valid' | 'same',
  dilation: Pair = [1, 1],
): Geometry {
  const over = extents({ kernel, dilation });
  const output = both((a) => outputLength(input[a], over[a], strides[a], padding));
  const before = both((a) =>
    padding === 'same' ? Math.floor(Math.max((output[a] - 1) * strides[a] + over[a] - input[a], 0) / 2) : 0,
  );
  return { kernel, strides, dilation, before, input, output };
}

/** How much of the input the first `output` rows and columns of the result read. */
export const usedInput = (g: Geometry, output: Pair): Pair => {
  const over = extents(g);
  return both((a) => Math.min(g.input[a], (output[a] - 1) * g.strides[a] + over[a] - g.before[a]));
};

/** Padding after the used input that the used output reads. */
export const after = (g: Geometry, input: Pair, output: Pair): Pair => {
  const over = extents(g);
  return both((a) => (output[a] - 1) * g.strides[a] + over[a] - g.before[a] - input[a]);
};
