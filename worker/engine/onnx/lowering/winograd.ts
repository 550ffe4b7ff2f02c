import type { Graph, Ref } from '../graph.ts';
import { asMap, range, rowsOf } from '../strips.ts';
import { kronecker, type Matrix, type Toom, toom, transposed } from '../toom.ts';
import type { Columns, FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';
import { reluGradient } from './activation.ts';
import type { Convolution } from './convolution.ts';
import { leastForRelu, maxOfPhases, perImage, spreadToPhases } from './pool-phases.ts';

// F(m, 3) × F(m, 3) on HWNC maps, without a transpose (but of whole blocks, where a strip is several tiles high):
//   gather    tiles of the input, as (pixel of the tile, tile · image · channel), from any stored order
//   in        B along both axes                                    (constant)
//   products  V[point, (tile · image), C] · U[point, C, K]:        every tile of the strip and image is a row of the product
//   out       A along both axes, ordered so that a pool's phases become an outer axis.
// B ⊗ B as one product runs at full speed, where one axis after the other passes memory twice; for F(6, 3) it would be too
// much arithmetic. Backwards runs the transposed chain; Aᵀ dY A serves both gradients, V is kept for the kernel's. Rows are cut into strips
// one tile high, each with nodes of its own, so that a strip stays in cache from one product to the next. Maps of up to
// three tiles are one strip: there the kernel is what does not fit, and it is read once. Pixels that `same` padding adds
// are gathered from a row of zeros.

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
  /** Rows of one tile's result: all m, but of a strip that is a part of one tile. */
  high: number;
}

/** A linear map of tiles: the same for every row and for every column. */
interface BothAxes {
  rows: Matrix;
  columns: Matrix;
}

const backwards = ({ rows, columns }: BothAxes): BothAxes => ({ rows: transposed(rows), columns: transposed(columns) });

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
  /** Tiles along a row. */
  readonly #chunks: number;
  readonly #columns: Columns;
  readonly #matrices = new Map<string, Ref>();
  #strips: WinogradStrip[] = [];
  #x!: FeatureMap;
  #sources = new Map<string, Ref>();
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
    this.#chunks = Math.ceil(this.#width / size);
    const perTile = size / this.#half;
    this.#columns = {
      stored: perTile * this.#chunks,
      at: range(output[1]!).map((c) => (c % perTile) * this.#chunks + Math.floor(c / perTile)),
    };
  }

  #matrix(key: string, make: () => Matrix): Ref {
    const known = this.#matrices.get(key) ?? this.#g.matrix(make());
    this.#matrices.set(key, known);
    return known;
  }

  /**
   * map · x, x: [row · column, rest]. `tie` may hold a constant back until another tensor is there; `zeros` adds a row of
   * them, where both axes are done at once.
   */
  #along(key: string, map: BothAxes, x: Ref, rest: number, { tie = (t: Ref) => t, zeros = false } = {}): Ref {
    const g = this.#g;
    const { rows, columns } = map;
    const [high, wide] = [rows[0]!.length, columns[0]!.length];
    if (this.#atOnce) {
      const nothing = zeros ? [new Array<number>(high * wide).fill(0)] : [];
      const both = this.#matrix(key, () => [...kronecker(rows, columns), ...nothing]);
      return g.matmul(tie(both), g.reshape(x, [high * wide, rest]));
    }
    const down = this.#matrix(`${key} rows`, () => rows);
    const first = g.matmul(tie(down), g.reshape(x, [high, wide * rest]));
    return g.matmul(
      this.#matrix(`${key} columns`, () => columns),
      g.reshape(first, [rows.length, wide, rest]),
    );
  }

  get #atOnce(): boolean {
    return this.#F.n <= 6;
  }

  /** A for the first `rows` rows of a tile; with a pool, columns are all even ones, then all odd ones. */
  #outward(rows: number): BothAxes {
    const { A } = this.#F;
    const columns = this.#half === 2 ? [0, 1].flatMap((phase) => A.filter((_, i) => i % 2 === phase)) : A;
    return { rows: A.slice(0, rows), columns };
  }

  #cut(inputRows: number): WinogradStrip[] {
    const { m } = this.#F;
    const tiles = together(this.#rows, m, 3);
    const above = this.#spec.geometry.before[0];
    return range(Math.ceil(this.#rows / (m * tiles))).map((i) => {
      const first = i * m * tiles;
      const rows = Math.min(m * tiles, this.#rows - first);
      const from = Math.max(first - above, 0);
      const to = Math.min(first - above + rows + 2, inputRows);
      return { first, rows, tiles, from, to, high: tiles === 1 ? rows : m };
    });
  }

  /** The input's pixel row by row behind each (pixel of a tile, tile) of a strip; null is zero. Nobody reads what is beyond. */
  #pixels(s: WinogradStrip): (readonly [number, number] | null)[] {
    const { m, n } = this.#F;
    const [above, left] = this.#spec.geometry.before;
    const used = this.#x.columns.at.length;
    const at = (i: number, length: number, end: number) => {
      if (i >= 0 && i < length) return i;
      return i >= 0 && i >= end ? length - 1 : null;
    };
    return range(n).flatMap((i) =>
      range(n).flatMap((j) =>
        range(s.tiles).flatMap((tile) => {
          const row = at(s.first - above + tile * m + i, this.#x.rows, s.first - above + s.rows + 2);
          return range(this.#chunks).map((chunk) => {
            const column = at(chunk * m + j - left, used, this.#width + 2 - left);
            return row === null || column === null ? null : ([row, column] as const);
          });
        }),
      ),
    );
  }

  /** A strip's tiles: [pixels of a tile, tiles · images · channels]. */
  #tiles(s: WinogradStrip): Ref {
    const g = this.#g;
    const { strips, columns } = this.#x;
    const { images } = this.#context;
    const { channels } = this.#spec;
    const { n } = this.#F;
    const pixels = this.#pixels(s);
    const zeros = pixels.includes(null);
    // Whole strips of the input, those that have any of the rows.
    let top = 0;
    let rows = 0;
    const parts: Ref[] = [];
    for (const strip of strips) {
      if (top + rows + strip.rows <= s.from && parts.length === 0) top += strip.rows;
      else if (top + rows < s.to) {
        parts.push(strip.t);
        rows += strip.rows;
      }
    }
    const key = `${top} ${rows} ${zeros}`;
    const source =
      this.#sources.get(key) ??
      g.reshape(g.concat(zeros ? [...parts, g.zeros([1, columns.stored, images, channels])] : parts, 0), [
        (rows + (zeros ? 1 : 0)) * columns.stored,
        images * channels,
      ]);
    this.#sources.set(key, source);
    const index = pixels.map((p) => (p ? (p[0] - top) * columns.stored + columns.at[p[1]]! : rows * columns.stored));
    return g.reshape(g.gather(source, 0, index), [n * n, s.tiles * this.#chunks * images * channels]);
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

  forward(value: FeatureMap): FeatureMap {
    this.#x = asMap(value);
    const g = this.#g;
    const { images, training } = this.#context;
    const { channels, filters, pool, relu, bias } = this.#spec;
    const { m, n, B, G } = this.#F;
    const half = this.#half;
    const block = this.#chunks * images * filters;
    this.#strips = this.#cut(this.#x.rows);
    g.prefix = `${this.#name}f_`;
    if (bias) this.#bias = perImage(g, this.#weights('bias'), images, filters);
    const least = pool && relu && training ? leastForRelu(g, bias ? this.#bias : null, images, filters) : null;
    const w = g.reshape(this.#weights('kernel'), [9, channels * filters]);
    const kernel = this.#matrix('G', () => kronecker(G, G));
    this.#U = g.reshape(g.matmul(kernel, w), [n * n, channels, filters]);
    const strips = this.#strips.map((s, i): Strip => {
      g.prefix = `${this.#name}f${i}_`;
      const size = s.tiles * block;
      const wide = s.tiles * this.#chunks * images;
      const inside = this.#along('B', { rows: B, columns: B }, this.#tiles(s), wide * channels);
      const V = g.reshape(inside, [n * n, wide, channels]);
      this.#V.push(V);
      const z = this.#along(`A${s.high}`, this.#outward(s.high), g.matmul(V, this.#U), size);
      const plane = (m / half) * size;
      const { max, mask } = pool ? maxOfPhases(g, z, s.high / half, plane, training, least) : { max: z, mask: null };
      const y = this.#activate(
        g.reshape(max, [s.high / half, (m / half) * s.tiles * this.#chunks, images, filters]),
        mask,
      );
      this.#masks.push(mask);
      this.#y.push(y);
      return { t: this.#toRows(y, s, block), rows: s.rows / half };
    });
    g.prefix = this.#name;
    return { kind: 'map', strips, rows: this.#rows / half, columns: this.#columns, channels: filters };
  }

  /** From [row of a tile, column of a tile, tile row, …] to rows from top to bottom. */
  #toRows(y: Ref, s: WinogradStrip, block: number): Ref {
    if (s.tiles === 1) return y;
    const g = this.#g;
    const { images } = this.#context;
    const high = s.high / this.#half;
    const apart = g.transpose(g.reshape(y, [high, high, s.tiles, block]), [2, 0, 1, 3]);
    const all = g.reshape(apart, [high * s.tiles, this.#columns.stored, images, this.#spec.filters]);
    const rows = s.rows / this.#half;
    return rows === high * s.tiles ? all : g.slice(all, 0, 0, rows);
  }

  /** The inverse of `toRows`, zero in rows that are not there. */
  #fromRows(d: Ref, s: WinogradStrip, block: number): Ref {
    if (s.tiles === 1) return d;
    const g = this.#g;
    const high = s.high / this.#half;
    const missing = high * s.tiles - s.rows / this.#half;
    const all = missing
      ? g.concat([d, g.zeros([missing, this.#columns.stored, this.#context.images, this.#spec.filters])], 0)
      : d;
    return g.transpose(g.reshape(all, [s.tiles, high, high, block]), [1, 2, 0, 3]);
  }

  backward(value: FeatureMap): FeatureMap | null {
    const d = asMap(value);
    const g = this.#g;
    const { images, needsInputGradient } = this.#context;
    const { layer, channels, filters, relu, bias } = this.#spec;
    const { m, n, G } = this.#F;
    const block = this.#chunks * images * filters;
    const half = this.#half;
    const dws: Ref[] = [];
    const dbs: Ref[] = [];
    const dx: Strip[] = [];
    let overlap: Ref | null = null;
    this.#strips.forEach((s, i) => {
      g.prefix = `${this.#name}b${i}_`;
      const size = s.tiles * block;
      const part = this.#fromRows(rowsOf(g, d.strips, s.first / half, (s.first + s.rows) / half), s, block);
      const mask = this.#masks[i];
      const dy =
        relu && !mask
          ? reluGradient(g, g.reshape(part, [s.high, size * m]), g.reshape(this.#y[i]!, [s.high, size * m]))
          : part;
      const dz = mask ? spreadToPhases(g, dy, mask, s.high / half, (m / half) * size) : dy;
      const wide = s.tiles * this.#chunks * images;
      const inside = this.#along(`At${s.high}`, backwards(this.#outward(s.high)), dz, size);
      const M = g.reshape(inside, [n * n, wide, filters]);
      // The product at point (1, 1) belongs to the sum of a tile's pixels.
      if (bias) dbs.push(g.sum(g.slice(M, 0, n + 1, n + 2), [0, 1]));
      const dw = g.matmulTN(this.#V[i]!, M);
      dws.push(dw);
      if (!needsInputGradient) return;

      const dV = g.matmulNT(M, this.#U);
      // Both gradients of the weights come first: what they read is still in cache, and its memory is free after it.
      const tie = (t: Ref) => g.after(bias ? g.after(t, dbs.at(-1)!) : t, dw);
      const rows = this.#inputGradient(dV, s, tie);
      // Neighbouring strips share the rows [next.from, to). Shared rows stay strips of their own: the layer below often wants
      // just these.
      const high = s.to - s.from;
      const next = this.#strips[i + 1];
      const own = next ? next.from - s.from : high;
      const shared = i > 0 ? this.#strips[i - 1]!.to - s.from : 0;
      if (overlap) dx.push({ rows: shared, t: g.add(rows(0, shared), overlap) });
      if (own > shared) dx.push({ rows: own - shared, t: rows(shared, own) });
      overlap = next ? rows(own, high) : null;
    });
    g.prefix = this.#name;
    const total = g.reshape(g.total(dws), [n * n, channels * filters]);
    const kernel = this.#matrix('Gt', () => transposed(kronecker(G, G)));
    handOver(this.#context, layer, g.matmul(kernel, total), bias ? g.total(dbs) : null);
    return needsInputGradient ? { ...this.#x, strips: dx } : null;
  }

  /**
   * B along both axes of dV, backwards, where neighbouring tiles overlap. The result gives rows of the strip's input as
   * [rows, stored columns, images, channels].
   */
  #inputGradient(dV: Ref, s: WinogradStrip, tie: (constant: Ref) => Ref): (from: number, to: number) => Ref {
    const g = this.#g;
    const { m, n, B } = this.#F;
    const { images } = this.#context;
    const { channels } = this.#spec;
    const { stored, at } = this.#x.columns;
    const block = images * channels;
    const high = s.to - s.from;
    const skip = s.from - (s.first - this.#spec.geometry.before[0]);
    const alone = s.tiles === 1;
    // The gradient of a column that nobody reads is zero: a row of zeros in the matrix is the cheapest source of zeros.
    const unread = stored > at.length;
    const zeros = unread && alone && this.#atOnce;
    const map = backwards({ rows: alone ? B.map((r) => r.slice(skip, skip + high)) : B, columns: B });
    const e = this.#along(`Bt${skip} ${high} ${zeros}`, map, dV, s.tiles * this.#chunks * block, { tie, zeros });
    const all = (t: Ref) => (unread && !zeros ? g.concat([t, g.zeros([1, block])], 0) : t);
    if (alone) {
      const blocks = all(g.reshape(e, [(high * n + (zeros ? 1 : 0)) * this.#chunks, block]));
      return (from, to) => this.#mergeColumns(blocks, from, to, high * n * this.#chunks);
    }
    const apart = g.transpose(g.reshape(e, [n, n, s.tiles, this.#chunks * block]), [2, 0, 1, 3]);
    const tall = s.tiles * n;
    const blocks = all(g.reshape(apart, [tall * n * this.#chunks, block]));
    const columns = this.#mergeColumns(blocks, 0, tall, tall * n * this.#chunks);
    const sums = range(high).map((r) => range(tall).map((i) => (Math.floor(i / n) * m + (i % n) === r + skip ? 1 : 0)));
    const flat = g.matmul(g.matrix(sums), g.reshape(columns, [tall, stored * block]));
    const merged = g.reshape(flat, [high, stored, images, channels]);
    return (from, to) => (from === 0 && to === high ? merged : g.slice(merged, 0, from, to));
  }

  /**
   * Rows [from, to) of e: [rows · n · tiles, images · channels], where neighbouring tiles share two columns, in the stored
   * order. `zero`: a block of zeros.
   */
  #mergeColumns(e: Ref, from: number, to: number, zero: number): Ref {
    const g = this.#g;
    const { m, n } = this.#F;
    const chunks = this.#chunks;
    const left = this.#spec.geometry.before[1];
    const { stored, at } = this.#x.columns;
    const taken = new Array<number>(stored).fill(-1);
    const twice: { to: number; from: number }[] = [];
    at.forEach((p, c) => {
      const chunk = Math.min(Math.floor((c + left) / m), chunks - 1);
      const j = c + left - chunk * m;
      taken[p] = j * chunks + chunk;
      if (j < 2 && chunk > 0) twice.push({ to: p, from: (j + m) * chunks + chunk - 1 });
    });
    const rows = range(to - from).map((r) => r + from);
    const each = (list: readonly number[]) => rows.flatMap((r) => list.map((i) => (i < 0 ? zero : r * n * chunks + i)));
    let t = g.gather(e, 0, each(taken));
    if (twice.length > 0) {
      const places = rows.flatMap((_, r) => twice.map((o) => r * stored + o.to));
      t = g.addAt(t, places, g.gather(e, 0, each(twice.map((o) => o.from))));
    }
    return g.reshape(t, [to - from, stored, this.#context.images, this.#spec.channels]);
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
