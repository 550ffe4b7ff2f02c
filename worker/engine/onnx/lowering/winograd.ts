import type { Graph, Ref } from '../graph.ts';
import { asMap, range, rowsOf } from '../strips.ts';
import { type Matrix, type Toom, tiled, toom, transposed } from '../toom.ts';
import type { Columns, FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';
import { reluGradient } from './activation.ts';
import type { Convolution } from './convolution.ts';
import { leastForRelu, maxOfPhases, perImage, spreadToPhases } from './pool-phases.ts';

// F(m, 3) × F(m, 3) on HWNC maps, without a transpose (but of whole blocks, where a strip is several tiles high):
//   rows      B · x[rows, columns · images · channels]                 (B constant)
//   gather    columns as (position in chunk, chunk), from any stored order
//   columns   B ·, batched over rows
//   products  V[j, k, (tile · chunk · image), C] · U[j, k, C, K]: every tile of the strip and image is a row of the product
//   back      A · along columns, with A's rows ordered so that a pool's phases become an outer axis, and A · along rows.
// Backwards runs the transposed chain; Aᵀ dY A serves both gradients, V is kept for the kernel's. Rows are cut into strips
// one tile high, each with nodes of its own, so that a strip stays in cache from one product to the next. Maps of up to
// three tiles are one strip: there the kernel is what does not fit, and it is read once. `same` padding drops the columns
// of B that would meet zeros above and below, and gathers a column of zeros left and right.

export interface Winograd extends Convolution {
  relu: boolean;
  /** A 2×2 max pool follows; then only even numbers of rows and columns are computed. */
  pool: boolean;
}

interface WinogradStrip {
  /** Output rows, before the pool. */
  first: number;
  rows: number;
  tiles: number;
  /** Input rows [from, to). */
  from: number;
  to: number;
  high: number;
  B: Ref;
  Bt: Ref;
  A: Ref;
  At: Ref;
}

type Size = 2 | 4 | 6;

/** Transformed products per output channel pair: what a tile size costs on this many pixels. */
const cost = (m: Size, rows: number, width: number) => Math.ceil(rows / m) * Math.ceil(width / m) * (m + 2) ** 2;

/** F(6, 3) has three times the rounding error of F(4, 3): it is taken only where it saves at least a tenth. */
function tileSize(rows: number, width: number, channels: number): Size {
  const four = cost(4, rows, width);
  if (cost(2, rows, width) < four) return 2;
  return channels >= 128 && cost(6, rows, width) < 0.9 * four ? 6 : 4;
}

/** A few tiles belong together; many are split one by one, so that each step's working set stays small. */
const together = (pixels: number, m: number, most: number) => {
  const tiles = Math.ceil(pixels / m);
  return tiles <= most ? tiles : 1;
};

class WinogradLowering implements Lowered {
  readonly #context: LoweringContext;
  readonly #g: Graph;
  readonly #spec: Winograd;
  readonly #name: string;
  readonly #F: Toom;
  readonly #half: 1 | 2;
  /** Output rows and columns before the pool. */
  readonly #rows: number;
  readonly #width: number;
  readonly #chunks: number;
  /** Output columns per chunk. */
  readonly #wide: number;
  readonly #span: number;
  /** With a pool, A's results are all even columns, then all odd ones. */
  readonly #across: { B: Ref; Bt: Ref; A: Ref; At: Ref };
  readonly #kernel: { G: Ref; Gt: Ref };
  readonly #columns: Columns;
  #strips: WinogradStrip[] = [];
  #x!: FeatureMap;
  #y: Ref[] = [];
  #masks: (Ref | null)[] = [];
  #V: Ref[] = [];
  #U: Ref = '';
  #bias: Ref = '';

  constructor(context: LoweringContext, spec: Winograd, output: readonly number[]) {
    const { g } = context;
    this.#context = context;
    this.#g = g;
    this.#spec = spec;
    this.#name = g.prefix;
    this.#half = spec.pool ? 2 : 1;
    this.#rows = output[0]! * this.#half;
    this.#width = output[1]! * this.#half;
    const size = tileSize(this.#rows, this.#width, spec.channels);
    this.#F = toom(size);
    this.#span = together(this.#width, size, 2);
    this.#wide = size * this.#span;
    this.#chunks = Math.ceil(this.#width / this.#wide);
    const perChunk = this.#wide / this.#half;
    this.#columns = {
      stored: perChunk * this.#chunks,
      at: range(output[1]!).map((c) => (c % perChunk) * this.#chunks + Math.floor(c / perChunk)),
    };
    const W = tiled(this.#F, this.#span);
    const byPhase = spec.pool ? [0, 1].flatMap((phase) => W.A.filter((_, i) => i % 2 === phase)) : W.A;
    this.#across = this.#matrices(W.B, byPhase);
    const { n, G } = this.#F;
    const square = range(n * n).map((jk) =>
      range(9).map((ab) => G[Math.floor(jk / n)]![Math.floor(ab / 3)]! * G[jk % n]![ab % 3]!),
    );
    this.#kernel = { G: g.matrix(square), Gt: g.matrix(transposed(square)) };
  }

  #matrices(B: Matrix, A: Matrix) {
    const g = this.#g;
    return { B: g.matrix(B), Bt: g.matrix(transposed(B)), A: g.matrix(A), At: g.matrix(transposed(A)) };
  }

  #cut(inputRows: number): WinogradStrip[] {
    const { m, n } = this.#F;
    const high = m * together(this.#rows, m, 3);
    const above = this.#spec.geometry.before[0];
    return range(Math.ceil(this.#rows / high)).map((i) => {
      const first = i * high;
      const rows = Math.min(high, this.#rows - first);
      const tiles = Math.ceil(rows / m);
      const H = tiled(this.#F, tiles);
      const from = Math.max(first - above, 0);
      const to = Math.min(first - above + rows + 2, inputRows);
      const B = H.B.map((r) => r.slice(from - (first - above), to - (first - above)));
      return { first, rows, tiles, from, to, high: tiles * n, ...this.#matrices(B, H.A.slice(0, rows)) };
    });
  }

  /** Which stored input column stands at each (position in chunk, chunk); `stored` itself means a column of zeros. */
  #window(): { index: number[]; zeros: boolean } {
    const { columns } = this.#x;
    const left = this.#spec.geometry.before[1];
    const used = columns.at.length;
    let zeros = false;
    const index = range(this.#wide + 2).flatMap((i) =>
      range(this.#chunks).map((chunk) => {
        const column = chunk * this.#wide + i - left;
        if (column >= 0 && column < used) return columns.at[column]!;
        if (column >= 0 && column > this.#width + 1 - left) return columns.at[used - 1]!; // read by nobody
        zeros = true;
        return columns.stored;
      }),
    );
    return { index, zeros };
  }

  #weights(name: 'kernel' | 'bias'): Ref {
    return this.#context.parameter(`${this.#spec.layer}/${name}`);
  }

  /** Bias and ReLU. The bias waits for the pooling mask, which must not be left for the backward pass. */
  #activate(x: Ref, mask: Ref | null): Ref {
    const g = this.#g;
    const { bias, relu, filters } = this.#spec;
    let y = x;
    if (bias || mask) {
      const b = bias ? this.#bias : g.zeros([filters]);
      y = g.add(y, mask ? g.after(b, mask, 'boolean') : b);
    }
    return relu ? g.unary('Relu', y) : y;
  }

  /** [row point · row tile, column point · column tile, …] to the products' [row point, column point, all tiles · images, depth]. */
  #byPoint(x: Ref, tiles: number, depth: number): Ref {
    const g = this.#g;
    const { n } = this.#F;
    const all = this.#span * this.#chunks * this.#context.images;
    if (tiles === 1) return g.reshape(x, [n, n, all, depth]);
    const apart = g.transpose(g.reshape(x, [n, tiles, n, all * depth]), [0, 2, 1, 3]);
    return g.reshape(apart, [n, n, tiles * all, depth]);
  }

  /** The inverse of `byPoint`, for the transforms: [row point · row tile, column point · column tile, chunks · images · depth]. */
  #byTile(x: Ref, tiles: number, depth: number): Ref {
    const g = this.#g;
    const { n } = this.#F;
    const size = this.#chunks * this.#context.images * depth;
    const rows = tiles === 1 ? x : g.transpose(g.reshape(x, [n, n, tiles, this.#span * size]), [0, 2, 1, 3]);
    return g.reshape(rows, [n * tiles, n * this.#span, size]);
  }

  forward(value: FeatureMap): FeatureMap {
    this.#x = asMap(value);
    const g = this.#g;
    const { images, training } = this.#context;
    const { channels, filters, pool, relu, bias } = this.#spec;
    const { n } = this.#F;
    const { stored } = this.#x.columns;
    const size = this.#chunks * images;
    this.#strips = this.#cut(this.#x.rows);
    const window = this.#window();
    g.prefix = `${this.#name}f_`;
    if (bias) this.#bias = perImage(g, this.#weights('bias'), images, filters);
    const least = pool && relu && training ? leastForRelu(g, bias ? this.#bias : null, images, filters) : null;
    const w = g.reshape(this.#weights('kernel'), [9, channels * filters]);
    this.#U = g.reshape(g.matmul(this.#kernel.G, w), [n, n, channels, filters]);
    const strips = this.#strips.map((s, i): Strip => {
      g.prefix = `${this.#name}f${i}_`;
      const x0 = g.reshape(rowsOf(g, this.#x.strips, s.from, s.to), [s.to - s.from, stored * images * channels]);
      let x1 = g.reshape(g.matmul(s.B, x0), [s.high, stored, images * channels]);
      if (window.zeros) x1 = g.concat([x1, g.zeros([s.high, 1, images * channels])], 1);
      const x2 = g.gather(x1, 1, window.index);
      const x3 = g.matmul(this.#across.B, g.reshape(x2, [s.high, this.#wide + 2, size * channels]));
      const V = this.#byPoint(x3, s.tiles, channels);
      this.#V.push(V);
      const M = this.#byTile(g.matmul(V, this.#U), s.tiles, filters);
      const z = g.matmul(s.A, g.reshape(g.matmul(this.#across.A, M), [s.high, this.#wide * size * filters]));
      const rows = s.rows / this.#half;
      const plane = (this.#wide / this.#half) * size * filters;
      const { max, mask } = pool ? maxOfPhases(g, z, rows, plane, training, least) : { max: z, mask: null };
      const y = this.#activate(g.reshape(max, [rows, this.#columns.stored, images, filters]), mask);
      this.#masks.push(mask);
      this.#y.push(y);
      return { t: y, rows };
    });
    g.prefix = this.#name;
    return { kind: 'map', strips, rows: this.#rows / this.#half, columns: this.#columns, channels: filters };
  }

  backward(value: FeatureMap): FeatureMap | null {
    const d = asMap(value);
    const g = this.#g;
    const { images, needsInputGradient } = this.#context;
    const { layer, channels, filters, relu, bias } = this.#spec;
    const { n } = this.#F;
    const size = this.#chunks * images;
    const half = this.#half;
    const dws: Ref[] = [];
    const dbs: Ref[] = [];
    const dx: Strip[] = [];
    let overlap: Ref | null = null;
    this.#strips.forEach((s, i) => {
      g.prefix = `${this.#name}b${i}_`;
      const rows = s.rows / half;
      const part = rowsOf(g, d.strips, s.first / half, s.first / half + rows);
      const mask = this.#masks[i];
      const dy = relu && !mask ? reluGradient(g, part, this.#y[i]!) : part;
      const dz = mask ? spreadToPhases(g, dy, mask, rows, (this.#wide / half) * size * filters) : dy;
      const m0 = g.matmul(s.At, g.reshape(dz, [s.rows, this.#wide * size * filters]));
      const m1 = g.matmul(this.#across.At, g.reshape(m0, [s.high, this.#wide, size * filters]));
      const M = this.#byPoint(m1, s.tiles, filters);
      // The product at point (1, 1) belongs to the sum of a tile's pixels.
      if (bias) dbs.push(g.sum(g.slices(M, [0, 1], [1, 1], [2, 2], [1, 1]), [0, 1, 2]));
      const dw = g.matmulTN(this.#V[i]!, M);
      dws.push(dw);
      if (!needsInputGradient) return;

      const dV = this.#byTile(g.matmulNT(M, this.#U), s.tiles, channels);
      // Both gradients of the weights come first: what they read is still in cache, and its memory is free after it.
      const d1 = g.matmul(g.after(bias ? g.after(this.#across.Bt, dbs.at(-1)!) : this.#across.Bt, dw), dV);
      const d2 = g.matmul(s.Bt, g.reshape(d1, [s.high, (this.#wide + 2) * size * channels]));
      const high = s.to - s.from;
      const e = this.#mergeColumns(g.reshape(d2, [high, this.#wide + 2, this.#chunks, images * channels]), high);
      // Neighbouring strips share the rows [next.from, to).
      const next = this.#strips[i + 1];
      const own = next ? next.from - s.from : high;
      const shared = i > 0 ? this.#strips[i - 1]!.to - s.from : 0;
      // The rows that the strip above shares stay a strip of their own: the layer below often wants just these.
      if (overlap) dx.push({ rows: shared, t: g.add(g.slice(e, 0, 0, shared), overlap) });
      if (own > shared) dx.push({ rows: own - shared, t: own - shared === high ? e : g.slice(e, 0, shared, own) });
      overlap = next ? g.slice(e, 0, own, high) : null;
    });
    g.prefix = this.#name;
    const total = g.reshape(g.total(dws), [n * n, channels * filters]);
    handOver(this.#context, layer, g.matmul(this.#kernel.Gt, total), bias ? g.total(dbs) : null);
    return needsInputGradient ? { ...this.#x, strips: dx } : null;
  }

  /** e: [rows, wide + 2, chunks, images · channels]; neighbouring chunks share two columns. Back to the stored order. */
  #mergeColumns(e: Ref, rows: number): Ref {
    const g = this.#g;
    const { images } = this.#context;
    const { channels } = this.#spec;
    const left = this.#spec.geometry.before[1];
    const { columns } = this.#x;
    const chunks = this.#chunks;
    const wide = this.#wide;
    const flat = (wide + 2) * chunks;
    const block = images * channels;
    const parts = [g.reshape(e, [rows, flat, block])];
    if (chunks > 1) {
      const heads = g.slices(e, [1, 2], [0, 1], [2, chunks], [1, 1]);
      const tails = g.slices(e, [1, 2], [wide, 0], [wide + 2, chunks - 1], [1, 1]);
      parts.push(g.reshape(g.add(heads, tails), [rows, 2 * (chunks - 1), block]));
    }
    const from = new Array<number>(columns.stored).fill(-1);
    columns.at.forEach((storedAt, c) => {
      const chunk = Math.min(Math.floor((c + left) / wide), chunks - 1);
      const i = c + left - chunk * wide;
      from[storedAt] = i < 2 && chunk > 0 ? flat + i * (chunks - 1) + chunk - 1 : i * chunks + chunk;
    });
    if (from.includes(-1)) {
      const zero = flat + (chunks > 1 ? 2 * (chunks - 1) : 0);
      parts.push(g.zeros([rows, 1, block]));
      from.forEach((v, i) => {
        if (v < 0) from[i] = zero;
      });
    }
    return g.reshape(g.gather(g.concat(parts, 1), 1, from), [rows, columns.stored, images, channels]);
  }
}

function handOver(context: LoweringContext, layer: string, dw: Ref, db: Ref | null): void {
  context.gradient(`${layer}/kernel`, dw);
  if (db) context.gradient(`${layer}/bias`, db);
}

/** Whether `lowerWinograd` takes this convolution, and whether its transforms pay. */
export const fitsWinograd = ({ geometry: { kernel, strides }, channels, filters }: Convolution): boolean =>
  kernel[0] === 3 && kernel[1] === 3 && strides[0] === 1 && strides[1] === 1 && channels >= 16 && filters >= 16;

/** 3×3, stride 1, valid or same, with bias, and optionally ReLU and a 2×2 max pool. `output`: after the pool. */
export function lowerWinograd(context: LoweringContext, spec: Winograd, output: readonly number[]): Lowered {
  const lowering = new WinogradLowering(context, spec, output);
  return { forward: (x) => lowering.forward(asMap(x)), backward: (d) => lowering.backward(asMap(d)) };
}
