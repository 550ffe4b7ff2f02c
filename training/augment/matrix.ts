import type { Draw } from './draw.ts';

/** Where an output pixel comes from: input row = rr·row + rc·column + r0, input column = cr·row + cc·column + c0. */
export interface Affine {
  rr: number;
  rc: number;
  r0: number;
  cr: number;
  cc: number;
  c0: number;
}

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

function times(a: Matrix, b: Matrix): Matrix {
  const at = (i: number, j: number) => a[3 * i]! * b[j]! + a[3 * i + 1]! * b[3 + j]! + a[3 * i + 2]! * b[6 + j]!;
  return [at(0, 0), at(0, 1), at(0, 2), at(1, 0), at(1, 1), at(1, 2), at(2, 0), at(2, 1), at(2, 2)];
}

/**
 * A draw as one affine map, or null when it moves nothing: rotation · shift · shear · zoom about (size − 1) / 2, from output
 * to input pixels. As in Keras 3's `apply_affine_transform`, the product is built over (x, y) with the rows' size for x, and
 * then used with its axes swapped: so `tx` moves columns, and an oblong image turns about a point beside its middle.
 */
export function affineOf(draw: Draw, rows: number, columns: number): Affine | null {
  const { theta, tx, ty, shear, zx, zy } = draw;
  const factors: Matrix[] = [];
  if (theta !== 0) {
    const [cos, sin] = [Math.cos(theta * (Math.PI / 180)), Math.sin(theta * (Math.PI / 180))];
    factors.push([cos, -sin, 0, sin, cos, 0, 0, 0, 1]);
  }
  if (tx !== 0 || ty !== 0) factors.push([1, 0, tx, 0, 1, ty, 0, 0, 1]);
  if (shear !== 0) {
    const angle = shear * (Math.PI / 180);
    factors.push([1, -Math.sin(angle), 0, 0, Math.cos(angle), 0, 0, 0, 1]);
  }
  if (zx !== 1 || zy !== 1) factors.push([zx, 0, 0, 0, zy, 0, 0, 0, 1]);
  if (factors.length === 0) return null;
  const product = factors.reduce(times);
  const [ox, oy] = [rows / 2 - 0.5, columns / 2 - 0.5];
  const centred = times(times([1, 0, ox, 0, 1, oy, 0, 0, 1], product), [1, 0, -ox, 0, 1, -oy, 0, 0, 1]);
  const [xx, xy, x0, yx, yy, y0] = centred;
  return { rr: yy, rc: yx, r0: y0, cr: xy, cc: xx, c0: x0 };
}
