import type { Graph, Ref } from './graph.ts';

// ONNX Runtime shares a matrix product among threads by columns when it has more columns than rows, else by rows. How far its kernels
// sum along the inner axis at a time depends on how many columns a thread got, and a single row is summed by a kernel of its own.
// So that the bytes of a result do not depend on the number of threads, a product with more columns than rows is computed
// turned round, and one with next to no rows is given more of them. (Its 2-D and batched products differ in this: batches are
// shared whole while there are as many as threads.)

/** Inner axes up to here are summed in one go, whatever the columns. */
const SUMMED_AT_ONCE = 128;
/** Columns that one thread gets at least. */
const LEAST_COLUMNS = 16;
/** Rows enough for two on each of sixteen threads, and the multiplications below which a second thread is not asked. */
const ENOUGH_ROWS = 32;
const ONE_THREAD = 2 ** 16;

interface Sizes {
  /** The result's rows and columns, and the axis that is summed. */
  rows: number;
  columns: number;
  inner: number;
}

interface Turned {
  transA?: boolean;
  transB?: boolean;
}

function multiply(g: Graph, a: Ref, b: Ref, { transA = false, transB = false }: Turned): Ref {
  if (!transA && !transB) return g.matmul(a, b);
  return g.op('FusedMatMul', [a, b], { transA: transA ? 1 : 0, transB: transB ? 1 : 0 }, 'com.microsoft');
}

/** a b of two matrices, either given transposed, with the same bytes on any number of threads. */
export function product(g: Graph, a: Ref, b: Ref, { rows, columns, inner }: Sizes, turned: Turned = {}): Ref {
  const { transA = false, transB = false } = turned;
  if (g.provider !== 'cpu' || inner <= SUMMED_AT_ONCE) return multiply(g, a, b, turned);
  if (Math.max(rows, columns) < ENOUGH_ROWS) {
    if (rows === 1 || transA || rows * columns * inner < ONE_THREAD) return multiply(g, a, b, turned);
    const more = g.concat([a, g.zeros([ENOUGH_ROWS - rows, inner])], 0);
    return g.slice(multiply(g, more, b, turned), 0, 0, rows);
  }
  if (columns <= rows || columns <= LEAST_COLUMNS) return multiply(g, a, b, turned);
  return g.transpose(multiply(g, b, a, { transA: !transB, transB: !transA }), [1, 0]);
}
