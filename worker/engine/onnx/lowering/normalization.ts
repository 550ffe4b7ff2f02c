import type { Graph, Ref } from '../graph.ts';
import { asMap, natural, range, rowsOf, single, stored, stripRows } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Strip, Value } from '../value.ts';

export interface Normalization {
  layer: string;
  epsilon: number;
  channels: number;
  center: boolean;
  scale: boolean;
}

/** Mean and variance of each image's channels, [images, channels]: equal within a set of values that is normalized together. */
export interface Moments {
  mean: Ref;
  variance: Ref;
}

export interface Statistics {
  /** Means of [images, channels] over those that are normalized together, given to each of them. */
  pool(t: Ref): Ref;
  /** What is used instead of the values' own moments; null where these are used. */
  given(): Moments | null;
  /** Told the values' own moments. */
  follow(own: Moments): void;
}

/** A value as rows of [pixels, images · channels]. */
interface Rows {
  t: Ref;
  pixels: number;
}

/** A map's strips, the large ones cut. */
function shortStrips(g: Graph, map: FeatureMap, perRow: number): Strip[] {
  const high = stripRows(g, perRow);
  return map.strips.flatMap((s): Strip[] => {
    if (s.rows < 2 * high) return [s];
    return range(Math.ceil(s.rows / high)).map((i) => {
      const rows = Math.min(high, s.rows - i * high);
      return { rows, t: rowsOf(g, [s], i * high, i * high + rows) };
    });
  });
}

/**
 * The values' own moments, from those of each part (Chan, Golub, LeVeque 1983): every part is read once, and the
 * subtraction that a variance needs is of its own mean.
 */
function moments(g: Graph, parts: readonly Rows[], pool: (t: Ref) => Ref, dims: readonly number[]): Moments {
  const all = parts.reduce((sum, { pixels }) => sum + pixels, 0);
  const own = parts.map(({ t, pixels }) => {
    const mean = g.mean(t, [0], 1);
    const centred = g.sub(t, mean);
    const square = pixels > 1 ? g.reshape(g.mean(g.mul(centred, centred), [0], 1), dims) : null;
    return { mean: g.reshape(mean, dims), square, share: pixels / all };
  });
  const mean = pool(g.total(own.map((o) => g.scale(o.mean, o.share))));
  const squares = own.map((o) => {
    const off = g.sub(o.mean, mean);
    const square = g.mul(off, off);
    return g.scale(o.square ? g.add(o.square, square) : square, o.share);
  });
  return { mean, variance: pool(g.total(squares)) };
}

/**
 * (x − mean) / √(variance + ε) · gamma + beta, with moments over sets of values that `statistics` tells, as x · a + b.
 * Backward: dx = 1/σ · (dŷ − mean(dŷ) − x̂ · mean(dŷ · x̂)), dŷ = gamma · dy (Ioffe, Szegedy 2015), as dy · a + x · b + c.
 * Moments are over the whole map, of which `output` is the part that is used.
 */
export function lowerNormalization(
  context: LoweringContext,
  { layer, epsilon, channels, center, scale }: Normalization,
  statistics: Statistics,
  output: readonly number[],
): Lowered {
  const { g, images } = context;
  const { pool } = statistics;
  const dims = [images, channels];
  const size = images * channels;
  const [rows = 1, columns = 1] = output;
  const parameter = (name: string) => g.op('Expand', [context.parameter(`${layer}/${name}`), g.ints(dims)]);
  const asRow = (t: Ref) => g.reshape(t, [1, size]);
  let given: Value;
  /** `given` with columns that can be counted. */
  let x: Value;
  let heights: number[] = [];
  let width = 1;
  let parts: Rows[] = [];
  let mean: Ref = '';
  let inverse: Ref = '';
  let fixed = false;

  /** Rows of pixels, each with all columns that are stored. */
  const partsOf = (strips: readonly Strip[]): Rows[] =>
    strips.map((s) => ({ pixels: s.rows * width, t: g.reshape(s.t, [s.rows * width, size]) }));
  const cut = (value: Value): Rows[] => {
    if (value.kind === 'features') return [{ t: g.reshape(value.t, [1, size]), pixels: 1 }];
    let at = 0;
    return partsOf(
      heights.map((high) => {
        at += high;
        return { rows: high, t: rowsOf(g, value.strips, at - high, at) };
      }),
    );
  };
  const whole = (list: readonly Ref[]): Value => {
    if (x.kind === 'features') return { ...x, t: g.reshape(list[0]!, dims) };
    const strips = list.map((t, i) => ({ rows: heights[i]!, t: g.reshape(t, [heights[i]!, width, ...dims]) }));
    return { ...x, strips };
  };
  const back = (list: readonly Ref[]): Value => {
    const dx = whole(list);
    return given.kind === 'map' ? stored(g, asMap(dx), given, images) : dx;
  };
  const isCropped = () => x.kind === 'map' && (x.rows !== rows || x.columns.at.length !== columns);
  const crop = (value: Value): Value => {
    if (!isCropped()) return value;
    const part = g.slices(natural(g, asMap(value)), [0, 1], [0, 0], [rows, columns], [1, 1]);
    return single(part, rows, columns, channels);
  };
  const uncrop = (value: Value): Value => {
    if (!isCropped()) return value;
    const map = asMap(x);
    const t = g.pad(natural(g, asMap(value)), [0, 0, 0, 0], [map.rows - rows, width - columns, 0, 0]);
    return { ...map, strips: [{ t, rows: map.rows }] };
  };

  return {
    forward(value) {
      given = value;
      x = value;
      if (x.kind === 'map') {
        // Columns that nobody reads must not count; where there are none, any order will do.
        const { stored: all, at } = x.columns;
        if (all > at.length || isCropped()) x = single(natural(g, x), x.rows, at.length, channels);
        width = x.columns.stored;
        const strips = shortStrips(g, x, width * size);
        heights = strips.map((s) => s.rows);
        parts = partsOf(strips);
      } else {
        parts = cut(x);
      }
      const known = statistics.given();
      fixed = known !== null;
      const used = known ?? moments(g, parts, pool, dims);
      if (!known) statistics.follow(used);
      mean = used.mean;
      inverse = g.div(g.scalar(1), g.unary('Sqrt', g.add(used.variance, g.scalar(epsilon))));
      const a = scale ? g.mul(inverse, parameter('gamma')) : inverse;
      const taken = g.mul(mean, a);
      const b = center ? g.sub(parameter('beta'), taken) : g.unary('Neg', taken);
      const [rowA, rowB] = [asRow(a), asRow(b)];
      return crop(whole(parts.map(({ t }) => g.add(g.mul(t, rowA), rowB))));
    },
    backward(value) {
      const ds = cut(uncrop(value));
      const rowMean = asRow(mean);
      const pixels = ds.reduce((sum, d) => sum + d.pixels, 0);
      const sums = ds.map(({ t: d }, i) => ({
        dy: g.sum(d, [0], 1),
        dyCentred: g.sum(g.mul(d, g.sub(parts[i]!.t, rowMean)), [0], 1),
      }));
      const dy = g.reshape(g.total(sums.map((s) => s.dy)), dims);
      const dyNormal = g.mul(g.reshape(g.total(sums.map((s) => s.dyCentred)), dims), inverse);
      if (center) context.gradient(`${layer}/beta`, g.sum(dy, [0]));
      if (scale) context.gradient(`${layer}/gamma`, g.sum(dyNormal, [0]));
      if (!context.needsInputGradient) return null;
      const a = scale ? g.mul(inverse, parameter('gamma')) : inverse;
      const rowA = asRow(a);
      if (fixed) return back(ds.map(({ t }) => g.mul(t, rowA)));
      const ofSet = (t: Ref) => pool(g.scale(scale ? g.mul(t, parameter('gamma')) : t, 1 / pixels));
      const b = g.unary('Neg', g.mul(g.mul(inverse, inverse), ofSet(dyNormal)));
      const c = g.unary('Neg', g.add(g.mul(inverse, ofSet(dy)), g.mul(b, mean)));
      const [rowB, rowC] = [asRow(b), asRow(c)];
      return back(ds.map(({ t }, i) => g.add(g.mul(t, rowA), g.add(g.mul(parts[i]!.t, rowB), rowC))));
    },
  };
}
