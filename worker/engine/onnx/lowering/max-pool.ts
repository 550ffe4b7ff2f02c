import type { Geometry } from '../geometry.ts';
import type { Graph, Ref } from '../graph.ts';
import { maskedOnce } from '../masked.ts';
import { asMap, inOrder, range, rowsOf, single, stored, stripRows } from '../strips.ts';
import type { FeatureMap, Lowered, LoweringContext, Strip } from '../value.ts';

/** A window along one axis: output j sees inputs j · stride − before … + size − 1. */
interface Axis {
  axis: 0 | 1;
  size: number;
  stride: number;
  before: number;
}

/** What each position of the window sees, for all outputs; −∞ outside, null for a position that is always outside. */
function seen(g: Graph, t: Ref, { axis, size, stride, before }: Axis, inputs: number, outputs: number): (Ref | null)[] {
  return range(size).map((u) => {
    const from = Math.max(0, Math.ceil((before - u) / stride));
    const to = Math.min(outputs, Math.floor((inputs - 1 + before - u) / stride) + 1);
    if (from >= to) return null;
    const start = from * stride + u - before;
    const part = g.slices(t, [axis], [start], [start + (to - from - 1) * stride + 1], [stride]);
    const ends = (n: number) => (axis === 0 ? [n, 0, 0, 0] : [0, n, 0, 0]);
    return g.pad(part, ends(from), ends(outputs - to), Number.NEGATIVE_INFINITY);
  });
}

interface Maximum {
  max: Ref;
  /** The positions of the window that lie inside. */
  seen: readonly number[];
  /** For each of them but the first, whether the largest of those before it is the largest of it too. */
  before: readonly Ref[];
}

/** Two by two: who is larger is told by one condition a step, and the gradient needs no other (see `backTo`). */
function maximum(g: Graph, list: readonly (Ref | null)[], training: boolean): Maximum {
  const inside = list.flatMap((t, u) => (t === null ? [] : [{ t, u }]));
  const before: Ref[] = [];
  const max = inside
    .map(({ t }) => t)
    .reduce((most, t) => {
      const next = g.op('Max', [most, t]);
      if (training) before.push(g.op('Equal', [most, next]));
      return next;
    });
  return { max, seen: inside.map(({ u }) => u), before };
}

/**
 * The gradient of each position of the window, from that of the maximum: from last to first, what the positions before have is
 * masked, and the rest, which is either all or nothing, is this position's. On a tie it goes to the first.
 */
function backTo(g: Graph, { seen, before }: Maximum, d: Ref, size: number): (Ref | null)[] {
  const gradients = new Array<Ref | null>(size).fill(null);
  let left = d;
  for (let i = before.length - 1; i >= 0; i--) {
    const kept = maskedOnce(g, left, before[i]!);
    gradients[seen[i + 1]!] = g.sub(left, kept);
    left = kept;
  }
  gradients[seen[0]!] = left;
  return gradients;
}

/**
 * The gradient of an axis's inputs, from that of each window position: input q · stride + p − before takes from the
 * positions u = p, p + stride, …, output q − u div stride. `at(u, shift)`: position u's gradient, moved on by so many outputs;
 * `dims`: its shape.
 */
function spread(
  g: Graph,
  { axis, size, stride }: Axis,
  dims: readonly [number, number, number],
  at: (u: number, shift: number) => Ref | null,
): Ref {
  const apart = axis === 0 ? [dims[0], 1, dims[1], dims[2]] : [dims[0], dims[1], 1, dims[2]];
  const phases = range(stride).map((p) => {
    const terms = range(size)
      .filter((u) => u % stride === p)
      .map((u) => at(u, Math.floor(u / stride)))
      .filter((t) => t !== null);
    return terms.length === 0 ? g.zeros(apart) : g.reshape(g.total(terms), apart);
  });
  return g.concat(phases, axis + 1);
}

/**
 * Any window, stride and padding: the maximum of each window's row, then of those. On a tie the first maximum in row-major
 * order gets the gradient, as in TensorFlow: the first row that has it, and in that row the first pixel.
 */
export function lowerMaxPool(context: LoweringContext, geometry: Geometry, output: readonly number[]): Lowered {
  const { g, images, training } = context;
  const [rows = 1, width = 1] = output;
  const axes = [0, 1].map((axis) => ({
    axis: axis as 0 | 1,
    size: geometry.kernel[axis]!,
    stride: geometry.strides[axis]!,
    before: geometry.before[axis]!,
  }));
  const [down, across] = axes as [Axis, Axis];
  /** Outputs that the last position of a window is moved on by. */
  const lead = Math.floor((down.size - 1) / down.stride);
  let x: FeatureMap;
  let wide = 1;
  /** By strip of outputs. */
  let heights: number[] = [];
  let ofRows: Maximum[] = [];
  let ofColumns: Maximum[] = [];

  /** Input rows that belong to outputs [first, first + count) of `heights`, without those they share with the next strip. */
  const inputRows = (first: number, count: number) => {
    const from = Math.max(first * down.stride - down.before, 0);
    const last = first + count === heights.reduce((a, b) => a + b, 0);
    return { from, to: last ? x.rows : Math.min((first + count) * down.stride - down.before, x.rows) };
  };
  const each = <T>(f: (first: number, count: number, i: number) => T): T[] => {
    let at = 0;
    return heights.map((count, i) => {
      at += count;
      return f(at - count, count, i);
    });
  };

  /** A strip's maximum, ready only when its masks are: what they were made from need not wait for the backward pass. */
  const tied = (ofRow: Maximum, ofColumn: Maximum): Ref => {
    let zero = g.scalar(0);
    for (const { before } of [ofRow, ofColumn]) {
      const last = before.at(-1);
      if (last) zero = g.after(zero, last, 'boolean');
    }
    return training ? g.add(ofColumn.max, zero) : ofColumn.max;
  };

  return {
    forward(value) {
      x = asMap(value);
      wide = x.columns.at.length;
      // Not less than a window: each strip has input rows of its own.
      const high = Math.max(down.size, Math.floor(stripRows(g, wide * images * x.channels) / down.stride));
      heights = range(Math.ceil(rows / high)).map((i) => Math.min(high, rows - i * high));
      ofRows = each((first, own) => {
        const { from, to } = inputRows(first, own);
        const t = rowsOf(g, x.strips, from, to);
        const natural = inOrder(x.columns) ? t : g.gather(t, 1, x.columns.at);
        return maximum(g, seen(g, natural, across, wide, width), training);
      });
      const strips = each((first, own) => inputRows(first, own)).map(({ from, to }, i) => ({
        rows: to - from,
        t: ofRows[i]!.max,
      }));
      ofColumns = each((first, own) => {
        const top = first * down.stride - down.before;
        const [from, to] = [Math.max(top, 0), Math.min(top + (own - 1) * down.stride + down.size, x.rows)];
        const window = { ...down, before: from - top };
        return maximum(g, seen(g, rowsOf(g, strips, from, to), window, to - from, own), training);
      });
      const out = ofColumns.map((columns, i): Strip => ({ rows: heights[i]!, t: tied(ofRows[i]!, columns) }));
      return { ...single('', rows, width, x.channels), strips: out };
    },
    backward(value) {
      const d = asMap(value);
      const block = images * x.channels;
      const zeros = (): Strip[] => (lead > 0 ? [{ rows: lead, t: g.zeros([lead, width, images, x.channels]) }] : []);
      const ofPosition = range(down.size).map((): Strip[] => zeros());
      each((first, own, i) => {
        const dy = rowsOf(g, d.strips, first, first + own);
        backTo(g, ofColumns[i]!, dy, down.size).forEach((t, u) => {
          ofPosition[u]!.push({ rows: own, t: t ?? g.zeros([own, width, images, x.channels]) });
        });
      });
      for (const list of ofPosition) list.push(...zeros());
      const strips = each((first, own, i): Strip => {
        const { from, to } = inputRows(first, own);
        // The last strip has the rows that only moved-on positions reach.
        const high = i === heights.length - 1 ? own + lead : own;
        const start = lead + first;
        const rowsApart = spread(g, down, [high, width, block], (u, shift) =>
          rowsOf(g, ofPosition[u]!, start - shift, start - shift + high),
        );
        const all = g.reshape(rowsApart, [high * down.stride, width, images, x.channels]);
        const skipped = from - (first * down.stride - down.before);
        const dRows = cut(g, all, 0, skipped, to - from, high * down.stride);
        const columns = Math.max(width, Math.ceil((wide + across.before) / across.stride));
        const gradients = backTo(g, ofRows[i]!, dRows, across.size);
        const columnsApart = spread(g, across, [to - from, columns, block], (v, shift) => {
          const t = gradients[v];
          return t ? g.pad(t, [0, shift, 0, 0], [0, columns - width - shift, 0, 0]) : null;
        });
        const t = g.reshape(columnsApart, [to - from, columns * across.stride, images, x.channels]);
        return { rows: to - from, t: cut(g, t, 1, across.before, wide, columns * across.stride) };
      });
      return stored(g, { ...single('', x.rows, wide, x.channels), strips }, x, images);
    },
  };
}

/** `count` entries of an axis of `all`, from `from` on. */
const cut = (g: Graph, t: Ref, axis: number, from: number, count: number, all: number): Ref =>
  from === 0 && count === all ? t : g.slice(t, axis, from, from + count);
