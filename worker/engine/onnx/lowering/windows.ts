import type { Graph, Ref } from '../graph.ts';
import { product } from '../product.ts';
import { range, rowsOf } from '../strips.ts';
import type { Strip } from '../value.ts';

type Pair = readonly [number, number];

/** Windows over a padded map [rows, columns, images, channels], one for each of `rows` × `width` results. */
export interface Windows {
  kernel: Pair;
  strides: Pair;
  dilation: Pair;
  rows: number;
  width: number;
  images: number;
  channels: number;
  groups: number;
  /** The first window's corner; the map's, unless given. */
  origin?: Pair;
}

const positions = ({ kernel }: Windows) => kernel[0] * kernel[1];

/** Rows [first, first + rows) of windows, unrolled: [rows · width · images, positions · channels], with groups [groups, …, positions · channels / groups]. */
function unroll(g: Graph, padded: Ref, w: Windows, first: number, rows: number): Ref {
  const [sh, sw] = w.strides;
  const [above, beside] = w.origin ?? [0, 0];
  const parts = range(w.kernel[0]).flatMap((u) =>
    range(w.kernel[1]).map((v) => {
      const [top, left] = [above + first * sh + u * w.dilation[0], beside + v * w.dilation[1]];
      const ends = [top + (rows - 1) * sh + 1, left + (w.width - 1) * sw + 1];
      return g.slices(padded, [0, 1], [top, left], ends, [sh, sw]);
    }),
  );
  const all = rows * w.width * w.images;
  const flat = g.concat(parts, 3);
  if (w.groups === 1) return g.reshape(flat, [all, positions(w) * w.channels]);
  const own = w.channels / w.groups;
  const apart = g.transpose(g.reshape(flat, [all, positions(w), w.groups, own]), [2, 0, 1, 3]);
  return g.reshape(apart, [w.groups, all, positions(w) * own]);
}

/** Strips whose unrolled windows have about so many floats as suit the provider. */
export function stripsOf(g: Graph, w: Windows): { first: number; rows: number }[] {
  const perRow = w.width * w.images * positions(w) * w.channels;
  const high = Math.max(1, Math.min(w.rows, Math.floor(g.strip(1 << 20) / perRow)));
  return range(Math.ceil(w.rows / high)).map((i) => ({ first: i * high, rows: Math.min(high, w.rows - i * high) }));
}

/** Rows [first, first + rows) of `convolve`, as [rows · width · images, filters]. */
export function convolveRows(
  g: Graph,
  padded: Ref,
  w: Windows,
  weights: Ref,
  filters: number,
  bias: Ref | null,
  first: number,
  rows: number,
): Ref {
  const unrolled = unroll(g, padded, w, first, rows);
  const all = rows * w.width * w.images;
  const together =
    w.groups === 1
      ? product(g, unrolled, weights, { rows: all, columns: filters, inner: positions(w) * w.channels })
      : g.reshape(g.transpose(g.matmul(unrolled, weights), [1, 0, 2]), [all, filters]);
  return bias ? g.add(together, bias) : together;
}

/** weights: [positions · channels, filters], with groups [groups, positions · channels / groups, filters / groups]. */
export function convolve(
  g: Graph,
  padded: Ref,
  w: Windows,
  weights: Ref,
  filters: number,
  bias: Ref | null = null,
): Strip[] {
  return stripsOf(g, w).map(({ first, rows }) => {
    const y = convolveRows(g, padded, w, weights, filters, bias, first, rows);
    return { rows, t: g.reshape(y, [rows, w.width, w.images, filters]) };
  });
}

/** The gradient of `convolve`'s weights as [positions · channels / groups, filters], and of its bias. */
export function convolveGradient(
  g: Graph,
  padded: Ref,
  w: Windows,
  dy: readonly Strip[],
  filters: number,
): { kernel: Ref; bias: Ref } {
  const size = (positions(w) * w.channels) / w.groups;
  const parts = stripsOf(g, w).map(({ first, rows }) => {
    const all = rows * w.width * w.images;
    const flat = g.reshape(rowsOf(g, dy, first, first + rows), [all, filters]);
    const unrolled = unroll(g, padded, w, first, rows);
    const bias = g.sum(flat, [0]);
    if (w.groups === 1) {
      const sizes = { rows: size, columns: filters, inner: all };
      return { kernel: product(g, unrolled, flat, sizes, { transA: true }), bias };
    }
    const apart = g.transpose(g.reshape(flat, [-1, w.groups, filters / w.groups]), [1, 0, 2]);
    return { kernel: g.matmulTN(unrolled, apart), bias };
  });
  const total = g.total(parts.map(({ kernel }) => kernel));
  const kernel = w.groups === 1 ? total : g.reshape(g.transpose(total, [1, 0, 2]), [size, filters]);
  return { kernel, bias: g.total(parts.map(({ bias }) => bias)) };
}

/** A kernel [positions, channels / groups, filters] as `convolve`'s weights. */
export function asWeights(g: Graph, kernel: Ref, w: Windows, filters: number): Ref {
  const size = (positions(w) * w.channels) / w.groups;
  if (w.groups === 1) return g.reshape(kernel, [size, filters]);
  return g.transpose(g.reshape(kernel, [size, w.groups, filters / w.groups]), [1, 0, 2]);
}

/** Some of the same kernel's positions, its channels and filters exchanged: weights for the way back. */
export function asTurnedWeights(g: Graph, kernel: Ref, w: Windows, filters: number, seen: readonly number[]): Ref {
  const [channels, own] = [w.channels / w.groups, filters / w.groups];
  const turned = g.gather(g.reshape(kernel, [positions(w), channels, filters]), 0, seen);
  if (w.groups === 1) return g.reshape(g.transpose(turned, [0, 2, 1]), [seen.length * filters, channels]);
  const apart = g.transpose(g.reshape(turned, [seen.length, channels, w.groups, own]), [2, 0, 3, 1]);
  return g.reshape(apart, [w.groups, seen.length * own, channels]);
}
