import type { Graph, Ref } from '../graph.ts';
import { asMap, identityColumns, range, rowsOf } from '../strips.ts';
import { transposed } from '../toom.ts';
import type { FeatureMap, Lowered, LoweringContext } from '../value.ts';
import { reluGradient } from './activation.ts';
import type { Convolution } from './convolution.ts';
import { leastForRelu, maxOfPhases, perImage, spreadToPhases } from './pool-phases.ts';

export interface FirstConvolution extends Convolution {
  relu: boolean;
  /** A 2×2 max pool follows. */
  pool: boolean;
}

/** What each patch of the input covers; patches are made outside the graph. */
export function patchOf({ geometry, pool }: Pick<FirstConvolution, 'geometry' | 'pool'>) {
  const { kernel, strides } = geometry;
  const phases = pool ? 2 : 1;
  return {
    height: kernel[0] + strides[0] * (phases - 1),
    width: kernel[1] + strides[1] * (phases - 1),
    strides: [strides[0] * phases, strides[1] * phases] as const,
    before: geometry.before,
  };
}

/** [phases · patch, kernel]: where each kernel weight stands in the patch of each phase of a pooling window. */
function spreadMatrix({ geometry, channels, pool }: FirstConvolution): number[][] {
  const [kh, kw] = geometry.kernel;
  const [sh, sw] = geometry.strides;
  const patch = patchOf({ geometry, pool });
  const size = patch.height * patch.width * channels;
  return range((pool ? 4 : 1) * size).map((row) => {
    const phase = Math.floor(row / size);
    const u = Math.floor((row % size) / (patch.width * channels)) - (phase >> 1) * sh;
    const v = Math.floor((row % (patch.width * channels)) / channels) - (phase & 1) * sw;
    const c = row % channels;
    const inside = u >= 0 && v >= 0 && u < kh && v < kw;
    return range(kh * kw * channels).map((k) => (inside && k === (u * kw + v) * channels + c ? 1 : 0));
  });
}

/**
 * The net's first convolution: few channels, no input gradient. Its input is patches, one per result after the pool, so
 * that a pooling window's four phases are four products with the same patches. Any kernel, stride and padding.
 * forward takes strips of [rows, 1, columns · images, patch].
 */
export function lowerFirstConvolution(context: LoweringContext, spec: FirstConvolution): Lowered {
  const { g, images, training } = context;
  const { layer, filters, bias, relu, pool } = spec;
  const spread = spreadMatrix(spec);
  const phases = pool ? 4 : 1;
  const patch = spread.length / phases;
  const kernel = spread[0]!.length;
  const name = g.prefix;
  let x: FeatureMap;
  let y: FeatureMap;
  let masks: (Ref | null)[] = [];
  let size = 0;
  let everyBias: Ref = '';

  const finish = (graph: Graph, z: Ref, mask: Ref | null): Ref => {
    let t = z;
    if (bias) {
      t = graph.add(t, mask ? graph.after(everyBias, mask, 'boolean') : everyBias);
    }
    return relu ? graph.unary('Relu', t) : t;
  };

  return {
    forward(value) {
      x = asMap(value);
      const width = x.columns.at.length;
      size = width * images;
      const w = g.reshape(context.parameter(`${layer}/kernel`), [kernel, filters]);
      const weights = pool ? g.reshape(g.matmul(g.matrix(spread), w), [1, phases, patch, filters]) : w;
      if (bias) everyBias = perImage(g, context.parameter(`${layer}/bias`), images, filters);
      const least = pool && relu && training ? leastForRelu(g, bias ? everyBias : null, images, filters) : null;
      const results = x.strips.map((s, i) => {
        g.prefix = `${name}f${i}_`;
        const z = g.matmul(s.t, weights);
        const { max, mask } = pool
          ? maxOfPhases(g, z, s.rows, size * filters, training, least)
          : { max: z, mask: null };
        return { mask, t: finish(g, g.reshape(max, [s.rows, width, images, filters]), mask) };
      });
      masks = results.map((r) => r.mask);
      const strips = results.map(({ t }, i) => ({ t, rows: x.strips[i]!.rows }));
      y = { kind: 'map', strips, rows: x.rows, columns: identityColumns(width), channels: filters };
      return y;
    },
    backward(value) {
      const d = asMap(value);
      const dws: Ref[] = [];
      const dbs: Ref[] = [];
      let at = 0;
      y.strips.forEach((s, i) => {
        g.prefix = `${name}b${i}_`;
        const part = rowsOf(g, d.strips, at, at + s.rows);
        at += s.rows;
        const mask = masks[i];
        const dy = relu && !mask ? reluGradient(g, part, s.t) : part;
        const dz = mask ? spreadToPhases(g, dy, mask, s.rows, size * filters) : dy;
        const all = s.rows * phases * size;
        // A product with ones: the sum over an outer axis, faster than ReduceSum.
        if (bias) dbs.push(g.matmul(g.ones(all), g.reshape(dz, [all, filters])));
        // An explicit transpose is cheaper than a transposed product where both sides are this narrow.
        const xt = g.transpose(x.strips[i]!.t, [0, 1, 3, 2]);
        const dw = g.sum(g.matmul(xt, g.reshape(dz, [s.rows, phases, size, filters])), [0]);
        dws.push(bias ? g.after(dw, dbs.at(-1)!) : dw);
      });
      g.prefix = name;
      const total = g.reshape(g.total(dws), [phases * patch, filters]);
      context.gradient(`${layer}/kernel`, pool ? g.matmul(g.matrix(transposed(spread)), total) : total);
      if (bias) context.gradient(`${layer}/bias`, g.total(dbs));
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
