import { after, type Geometry } from '../geometry.ts';
import type { Graph, Ref } from '../graph.ts';
import { asMap, natural, range, rowsOf, single, stored } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';
import { place } from './place.ts';

export interface Convolution {
  layer: string;
  geometry: Geometry;
  channels: number;
  filters: number;
  bias: boolean;
}

/** The working set of one strip of unrolled windows, in floats: a few megabytes stay in the outer caches. */
const STRIP = 1 << 20;

interface Windows {
  kernel: readonly [number, number];
  strides: readonly [number, number];
  rows: number;
  width: number;
  images: number;
  channels: number;
}

/** Rows [first, first + rows) of windows, unrolled: [rows · width · images, kernel · channels]. */
function unroll(g: Graph, padded: Ref, w: Windows, first: number, rows: number): Ref {
  const [kh, kw] = w.kernel;
  const [sh, sw] = w.strides;
  const parts = range(kh).flatMap((u) =>
    range(kw).map((v) => {
      const top = first * sh + u;
      return g.slices(padded, [0, 1], [top, v], [top + (rows - 1) * sh + 1, v + (w.width - 1) * sw + 1], [sh, sw]);
    }),
  );
  return g.reshape(g.concat(parts, 3), [rows * w.width * w.images, kh * kw * w.channels]);
}

function strips(w: Windows): { first: number; rows: number }[] {
  const perRow = w.width * w.images * w.kernel[0] * w.kernel[1] * w.channels;
  const high = Math.max(1, Math.min(w.rows, Math.floor(STRIP / perRow)));
  return range(Math.ceil(w.rows / high)).map((i) => ({ first: i * high, rows: Math.min(high, w.rows - i * high) }));
}

/** weights: [kernel · channels, filters]. */
function convolve(g: Graph, padded: Ref, w: Windows, weights: Ref, filters: number, bias: Ref | null): Strip[] {
  return strips(w).map(({ first, rows }) => {
    const product = g.matmul(unroll(g, padded, w, first, rows), weights);
    const y = bias ? g.add(product, bias) : product;
    return { rows, t: g.reshape(y, [rows, w.width, w.images, filters]) };
  });
}

/**
 * Any convolution, as products with unrolled windows, strip by strip. The input's gradient is a stride-1 convolution of
 * the spread-out output gradient with the kernel turned by 180°.
 */
export function lowerConvolution(context: LoweringContext, spec: Convolution, output: readonly number[]): Lowered {
  const { g, images } = context;
  const { layer, geometry, channels, filters, bias } = spec;
  const [rows = 1, width = 1] = output;
  const [kh, kw] = geometry.kernel;
  const positions = kh * kw;
  const windows: Windows = { kernel: geometry.kernel, strides: geometry.strides, rows, width, images, channels };
  let x: FeatureMap;
  let padded: Ref = '';
  return {
    forward(value) {
      x = asMap(value);
      const ends = after(geometry, [x.rows, x.columns.at.length], [rows, width]);
      padded = g.pad(natural(g, x), [...geometry.before, 0, 0], [...ends, 0, 0]);
      const w = g.reshape(context.parameter(`${layer}/kernel`), [positions * channels, filters]);
      const b = bias ? context.parameter(`${layer}/bias`) : null;
      return { ...single('', rows, width, filters), strips: convolve(g, padded, windows, w, filters, b) };
    },
    backward(value) {
      const d = asMap(value);
      const dy = natural(g, d);
      const dws: Ref[] = [];
      const dbs: Ref[] = [];
      for (const s of strips(windows)) {
        const part = rowsOf(g, [{ t: dy, rows }], s.first, s.first + s.rows);
        const flat = g.reshape(part, [s.rows * width * images, filters]);
        dws.push(g.matmulTN(unroll(g, padded, windows, s.first, s.rows), flat));
        if (bias) dbs.push(g.sum(flat, [0]));
      }
      context.gradient(`${layer}/kernel`, g.total(dws));
      if (bias) context.gradient(`${layer}/bias`, g.total(dbs));
      if (!context.needsInputGradient) return null;

      const size = [x.rows, x.columns.at.length] as const;
      const origin = [kh - 1 - geometry.before[0], kw - 1 - geometry.before[1]] as const;
      const dims = [rows, width, images, filters];
      const spread = place(g, dy, dims, geometry.strides, origin, [size[0] + kh - 1, size[1] + kw - 1]);
      const kernel = g.reshape(context.parameter(`${layer}/kernel`), [positions, channels, filters]);
      const turned = g.transpose(g.gather(kernel, 0, range(positions).reverse()), [0, 2, 1]);
      const back: Windows = { ...windows, strides: [1, 1], rows: size[0], width: size[1], channels: filters };
      const weights = g.reshape(turned, [positions * filters, channels]);
      const parts = convolve(g, spread, back, weights, channels, null);
      return stored(g, { ...single('', size[0], size[1], channels), strips: parts }, x, images);
    },
  };
}
