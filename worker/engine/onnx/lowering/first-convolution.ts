import type { Ref } from '../graph.ts';
import { product } from '../product.ts';
import { asMap, identityColumns, range, rowsOf } from '../strips.ts';
import { transposed } from '../toom.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { reluGradient } from './activation.ts';
import type { Convolution } from './convolution.ts';
import { aboveZero, maxOfPhases, spreadToPhases } from './pool-phases.ts';

export interface FirstConvolution extends Convolution {
  relu: boolean;
  /** A 2×2 max pool follows. */
  pool: boolean;
}

/**
 * What each patch of the input covers; patches are made outside the graph. `size`: floats per patch. With a bias, a one stands
 * behind the pixels, so that the bias is one more row of the kernel; an even size lets pairs of floats be copied.
 */
export function patchOf({ geometry, channels, pool, bias }: Omit<FirstConvolution, 'layer'>) {
  const { kernel, strides } = geometry;
  const phases = pool ? 2 : 1;
  const height = kernel[0] + strides[0] * (phases - 1);
  const width = kernel[1] + strides[1] * (phases - 1);
  const pixels = height * width * channels;
  return {
    height,
    width,
    strides: [strides[0] * phases, strides[1] * phases] as const,
    before: geometry.before,
    size: bias ? 2 * Math.ceil((pixels + 1) / 2) : pixels,
  };
}

/** [phases · patch, kernel and bias]: where each weight stands in the patch of each phase of a pooling window. */
function spreadMatrix(spec: FirstConvolution): number[][] {
  const { geometry, channels, pool, bias } = spec;
  const [kh, kw] = geometry.kernel;
  const [sh, sw] = geometry.strides;
  const { height, width, size } = patchOf(spec);
  const weights = kh * kw * channels;
  return range((pool ? 4 : 1) * size).map((row) => {
    const phase = Math.floor(row / size);
    const at = row % size;
    const u = Math.floor(at / (width * channels)) - (phase >> 1) * sh;
    const v = Math.floor((at % (width * channels)) / channels) - (phase & 1) * sw;
    const isPixel = at < height * width * channels && u >= 0 && v >= 0 && u < kh && v < kw;
    const weight = isPixel ? (u * kw + v) * channels + (at % channels) : -1;
    const isOne = bias && at === height * width * channels;
    return range(weights + (bias ? 1 : 0)).map((k) => (k === weight || (isOne && k === weights) ? 1 : 0));
  });
}

/**
 * The net's first convolution: few channels, no input gradient. Its input is patches, one per result after the pool, so
 * that a pooling window's four phases are four products with the same patches. Any kernel, stride and padding.
 * forward takes strips of [rows, 1, columns · images, patch].
 */
export function lowerFirstConvolution(context: LoweringContext, spec: FirstConvolution): Lowered {
  const { g, images, training } = context;
  const { geometry, layer, channels, filters, bias, relu, pool } = spec;
  const phases = pool ? 4 : 1;
  const { size: patch } = patchOf(spec);
  const kernel = geometry.kernel[0] * geometry.kernel[1] * channels;
  const spread = spreadMatrix(spec);
  const name = g.prefix;
  let x: FeatureMap;
  let y: FeatureMap;
  let masks: (Ref | null)[] = [];
  let size = 0;

  /** ReLU. It waits for the pooling mask, which must not be left for the backward pass. */
  const finish = (t: Ref, mask: Ref | null): Ref => {
    if (!relu) return mask ? g.add(t, g.after(g.zeros([filters]), mask, 'boolean')) : t;
    return mask ? g.op('Clip', [t, g.after(g.scalar(0), mask, 'boolean')]) : g.unary('Relu', t);
  };

  return {
    forward(value) {
      x = asMap(value);
      const width = x.columns.at.length;
      size = width * images;
      const w = g.reshape(context.parameter(`${layer}/kernel`), [kernel, filters]);
      const all = bias ? g.concat([w, g.reshape(context.parameter(`${layer}/bias`), [1, filters])], 0) : w;
      const weights = g.reshape(g.matmul(g.matrix(spread), all), [1, phases, patch, filters]);
      const least = pool && relu && training ? aboveZero(g) : null;
      const results = x.strips.map((s, i) => {
        g.prefix = `${name}f${i}_`;
        const z = g.matmul(s.t, weights);
        const { max, mask } = pool
          ? maxOfPhases(g, z, s.rows, size * filters, training, least)
          : { max: z, mask: null };
        return { mask, t: finish(g.reshape(max, [s.rows, width, images, filters]), mask) };
      });
      masks = results.map((r) => r.mask);
      const strips = results.map(({ t }, i) => ({ t, rows: x.strips[i]!.rows }));
      y = { kind: 'map', strips, rows: x.rows, columns: identityColumns(width), channels: filters };
      return y;
    },
    backward(value) {
      const d = asMap(value);
      let at = 0;
      const dws = y.strips.map((s, i) => {
        g.prefix = `${name}b${i}_`;
        const part = rowsOf(g, d.strips, at, at + s.rows);
        at += s.rows;
        const mask = masks[i];
        const dy = relu && !mask ? reluGradient(g, part, s.t) : part;
        const dz = mask ? spreadToPhases(g, dy, mask, s.rows, size * filters) : dy;
        // An explicit transpose is cheaper than a transposed product where both sides are this narrow.
        const xt = g.transpose(x.strips[i]!.t, [0, 1, 3, 2]);
        return g.sum(g.matmul(xt, g.reshape(dz, [s.rows, phases, size, filters])), [0]);
      });
      g.prefix = name;
      const total = g.reshape(g.total(dws), [phases * patch, filters]);
      const sizes = { rows: kernel + (bias ? 1 : 0), columns: filters, inner: phases * patch };
      const all = product(g, g.matrix(transposed(spread)), total, sizes);
      context.gradient(`${layer}/kernel`, bias ? g.slice(all, 0, 0, kernel) : all);
      if (bias) context.gradient(`${layer}/bias`, g.slice(all, 0, kernel, kernel + 1));
      return null;
    },
  };
}

/** Rows per strip such that a strip's products, before the pool, stay in a core's cache of two megabytes. */
export function firstStrips(rows: number, width: number, images: number, filters: number, pool: boolean) {
  const perRow = width * images * filters * (pool ? 4 : 1);
  const high = Math.max(1, Math.min(rows, Math.round(370_000 / perRow)));
  return range(Math.ceil(rows / high)).map((i) => Math.min(high, rows - i * high));
}
