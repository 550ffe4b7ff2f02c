import type { Graph, Ref } from './graph.ts';
import type { Columns, FeatureMap, Features, Strip, Value } from './value.ts';

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const identityColumns = (n: number): Columns => ({ stored: n, at: range(n) });

/** A layer that takes maps is never given features: the shapes were checked when the plan was made. */
export function asMap(value: Value): FeatureMap {
  if (value.kind !== 'map') throw new Error('a feature map was expected');
  return value;
}

export function asFeatures(value: Value): Features {
  if (value.kind !== 'features') throw new Error('features were expected');
  return value;
}

/** Floats of a strip: a few megabytes stay in the outer caches, and rows that neighbours share cost little. */
const STRIP = 1 << 20;

/**
 * Rows of a strip, for lowerings that are free to choose: a power of two, so that layers which follow each other cut in the
 * same places. `perRow`: floats of a row.
 */
export const stripRows = (g: Graph, perRow: number): number =>
  Math.max(4, 2 ** Math.floor(Math.log2(g.strip(STRIP) / perRow)));

/** Rows [from, to) of a list of strips, as one tensor. */
export function rowsOf(g: Graph, strips: readonly Strip[], from: number, to: number): Ref {
  const parts: Ref[] = [];
  let at = 0;
  for (const { t, rows } of strips) {
    const a = Math.max(from - at, 0);
    const b = Math.min(to - at, rows);
    if (a < b) parts.push(a === 0 && b === rows ? t : g.slice(t, 0, a, b));
    at += rows;
  }
  return g.concat(parts, 0);
}

export const inOrder = ({ stored, at }: Columns): boolean => stored === at.length && at.every((v, i) => v === i);

export const sameColumns = (a: Columns, b: Columns): boolean =>
  a.stored === b.stored && a.at.length === b.at.length && a.at.every((v, i) => v === b.at[i]);

/** A map as one tensor [rows, columns, images, channels] with its columns in their natural order. */
export function natural(g: Graph, map: FeatureMap): Ref {
  const t = rowsOf(g, map.strips, 0, map.rows);
  return inOrder(map.columns) ? t : g.gather(t, 1, map.columns.at);
}

/** A gradient in the stored order of `like`, the value it belongs to: zero in columns that nobody reads. */
export function stored(g: Graph, d: FeatureMap, like: FeatureMap, images: number): FeatureMap {
  const { columns, rows, channels } = like;
  if (sameColumns(d.columns, columns)) return d;
  const width = d.columns.stored;
  const from = new Array<number>(columns.stored).fill(width);
  columns.at.forEach((p, c) => {
    from[p] = d.columns.at[c]!;
  });
  const t = rowsOf(g, d.strips, 0, rows);
  const padded = from.includes(width) ? g.concat([t, g.zeros([rows, 1, images, channels])], 1) : t;
  return { ...like, strips: [{ t: g.gather(padded, 1, from), rows }] };
}

/** A map of one strip in natural column order. */
export const single = (t: Ref, rows: number, width: number, channels: number): FeatureMap => ({
  kind: 'map',
  strips: [{ t, rows }],
  rows,
  columns: identityColumns(width),
  channels,
});
