import type { Graph, Ref } from './graph.ts';
import { identityColumns, inOrder, rowsOf, sameColumns } from './strips.ts';
import type { Columns, FeatureMap, Strip, Value } from './value.ts';

/**
 * The sum of two gradients of one value: they have its rows and stored columns, but may be cut into other strips. The
 * cuts of the one with more strips stay: shorter ones are kinder to caches.
 */
export function add(g: Graph, a: Value, b: Value): Value {
  if (a.kind === 'features' || b.kind === 'features') {
    if (a.kind !== 'features' || b.kind !== 'features') throw new Error('gradients of one value differ in form');
    return { ...a, t: g.add(a.t, b.t) };
  }
  const [fine, coarse] = b.strips.length > a.strips.length ? [b, a] : [a, b];
  let at = 0;
  const strips = fine.strips.map(({ t, rows }) => {
    const other = rowsOf(g, coarse.strips, at, at + rows);
    at += rows;
    return { rows, t: g.add(t, other) };
  });
  return { ...a, strips };
}

/** Whether a map is one pixel that is spread over another's rows and columns. */
export const isPixel = (map: FeatureMap, [rows, columns]: readonly number[]): boolean =>
  map.rows === 1 && map.columns.at.length === 1 && !(rows === 1 && columns === 1);

/** Values of a strip in another stored order; what stands in columns that nobody reads does not matter. */
function arranged(g: Graph, t: Ref, from: Columns, to: Columns): Ref {
  if (sameColumns(from, to)) return t;
  const list = new Array<number>(to.stored).fill(from.at[0]!);
  to.at.forEach((p, c) => {
    list[p] = from.at[c]!;
  });
  return g.gather(t, 1, list);
}

/** Maps of the same rows and columns, cut into the same strips of the same stored columns. */
export interface Aligned {
  columns: Columns;
  rows: number;
  /** Rows of each strip. */
  heights: readonly number[];
  /** parts[strip][map] */
  parts: readonly (readonly Ref[])[];
}

/** Natural columns where any of the maps has them: then only the others are gathered. */
export function align(g: Graph, maps: readonly FeatureMap[]): Aligned {
  const first = maps[0]!;
  const natural = maps.some((m) => inOrder(m.columns));
  const columns = natural ? identityColumns(first.columns.at.length) : first.columns;
  const finest = maps.reduce((a, m) => (m.strips.length > a.strips.length ? m : a));
  const heights = finest.strips.map(({ rows }) => rows);
  let at = 0;
  const parts = heights.map((rows) => {
    const row = maps.map((m) => arranged(g, rowsOf(g, m.strips, at, at + rows), m.columns, columns));
    at += rows;
    return row;
  });
  return { columns, rows: first.rows, heights, parts };
}

/** A gradient's strips cut to these heights. */
export function cut(g: Graph, d: FeatureMap, heights: readonly number[]): Strip[] {
  let at = 0;
  return heights.map((rows) => {
    const t = rowsOf(g, d.strips, at, at + rows);
    at += rows;
    return { rows, t };
  });
}
