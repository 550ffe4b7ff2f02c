import { range } from './strips.ts';

export type Matrix = number[][];

/** Cook–Toom matrices of F(m, 3): y = A ((G g) ∘ (B d)) gives y_i = Σ_k d_{i+k} g_k for i < m, with n = m + 2 products. */
export interface Toom {
  m: number;
  n: number;
  B: Matrix;
  G: Matrix;
  A: Matrix;
}

/** Interpolation points, infinity being always the last; these keep the float32 error near 1e-6 for m = 4. */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, 1, -1, 0.5, -2],
  6: [0, 1, -1, 0.5, -0.5, 2, -2],
};

export const transposed = (matrix: Matrix): Matrix => (matrix[0] ?? []).map((_, j) => matrix.map((row) => row[j]!));

const zeros = (rows: number, columns: number): Matrix => range(rows).map(() => new Array<number>(columns).fill(0));

/** Coefficients, lowest first, of the monic polynomial with these roots. */
function polynomial(roots: readonly number[]): number[] {
  let c = [1];
  for (const r of roots) c = [0, ...c].map((v, i) => v - r * (c[i] ?? 0));
  return c;
}

/** Winograd, *Arithmetic Complexity of Computations* (1980); Lavin and Gray, arXiv:1509.09308, for convolutions. */
export function toom(m: 2 | 4 | 6): Toom {
  const points = POINTS[m]!;
  const n = m + 2;
  const B: Matrix = [];
  const G: Matrix = [];
  const A = zeros(m, n);
  points.forEach((p, j) => {
    const others = points.filter((q) => q !== p);
    const scale = others.reduce((a, q) => a * (p - q), 1);
    B.push([...polynomial(others), 0].map((v) => v * Math.sign(scale)));
    G.push([1, p, p * p].map((v) => v / Math.abs(scale)));
    for (let i = 0; i < m; i++) A[i]![j] = p ** i;
  });
  B.push(polynomial(points));
  G.push([0, 0, 1]);
  A[m - 1]![n - 1] = 1;
  return { m, n, B, G, A };
}

/** The product of two linear maps on two axes, as one map on both: [row a · row b, column a · column b]. */
export const kronecker = (a: Matrix, b: Matrix): Matrix =>
  a.flatMap((ra) => b.map((rb) => ra.flatMap((va) => rb.map((vb) => va * vb))));
