import type { Graph, Ref } from '../graph.ts';

type Pair = readonly [number, number];

/**
 * The inverse of a strided slice: entry (i, j) of t goes to (origin + i · stride), zeros elsewhere, cut to `size`.
 * `dims`: t's [rows, columns, images, channels].
 */
export function place(g: Graph, t: Ref, dims: readonly number[], strides: Pair, origin: Pair, size: Pair): Ref {
  const [rows = 1, width = 1, images = 1, channels = 1] = dims;
  const [sh, sw] = strides;
  const block = images * channels;
  let apart = t;
  if (sh > 1 || sw > 1) {
    const spread = g.pad(g.reshape(t, [rows, 1, width, 1, block]), [0, 0, 0, 0, 0], [0, sh - 1, 0, sw - 1, 0]);
    apart = g.reshape(spread, [rows * sh, width * sw, images, channels]);
  }
  const rest = [size[0] - origin[0] - rows * sh, size[1] - origin[1] - width * sw];
  return g.pad(apart, [...origin, 0, 0], [...rest, 0, 0]);
}
