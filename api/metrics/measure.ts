import type * as z from 'zod';
import type { Axis } from '../contract/metrics.ts';
import type { Placement } from './axis.ts';
import type { Placed } from './buckets.ts';
import type { Cells, Coordinate } from './cells.ts';
import type { Series } from './frame.ts';
import { type History, openChapters, type Piece, type Wanted } from './history.ts';
import { loadPoints, type Stores } from './load.ts';
import { phasesOf } from './visible.ts';

/** What a chart shows of one run. */
export interface View {
  readonly axis: z.output<typeof Axis>;
  readonly place: Placement;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** A piece that has something in view. `placed`: its points there, if they were kept; `cells`: if all of them are in view. */
export interface Seen {
  readonly piece: Piece;
  readonly placed: Placed | null;
  readonly cells: Cells | null;
}

/** A series as far as a grid depends on it. */
export interface Line {
  readonly run: string;
  readonly key: string;
  /** Points in view, the lowest and the highest of their places. */
  total: number;
  low: number;
  high: number;
  readonly seen: Seen[];
}

/** Bytes that may still be kept. */
export interface Room {
  bytes: number;
}

/** The history's series of the keys, of those that have a visible point at all; what is in range of each. */
export async function measure(
  stores: Stores,
  history: History,
  keys: readonly string[],
  coordinate: Coordinate | null,
  view: View,
  room: Room,
): Promise<Line[]> {
  const { run } = history;
  const lines = new Map<string, Line>();
  for (const key of keys)
    lines.set(key, { run, key, total: 0, low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY, seen: [] });
  const logged = new Set<string>();
  const phases = phasesOf(history.spans);
  const tallyPoints = (piece: Piece, series: Series): void => {
    const shown = inView(view, piece, series);
    if (shown.logged) logged.add(piece.key);
    const { x } = shown.placed;
    if (x.length === 0) return;
    let low = x[0]!;
    let high = low;
    for (const at of x) {
      if (at < low) low = at;
      else if (at > high) high = at;
    }
    const bytes = 4 * x.byteLength;
    // What is here already is kept in any case.
    const kept = piece.points !== null || bytes <= room.bytes;
    if (kept) room.bytes -= bytes;
    add(lines.get(piece.key)!, x.length, low, high, { piece, placed: kept ? shown.placed : null, cells: null });
  };
  const stored: Piece[] = [];
  const cut: Piece[] = [];
  const tally = (piece: Piece): void => {
    const line = lines.get(piece.key);
    if (!line) return;
    const extent = piece.cells && extentOf(view, piece, piece.cells, phases.get(piece.span.attempt)!);
    if (piece.points) tallyPoints(piece, piece.points);
    else if (!extent) (piece.chapter ? cut : stored).push(piece);
    else {
      if (extent.logged) logged.add(piece.key);
      if (extent.count > 0)
        add(line, extent.count, extent.low, extent.high, { piece, placed: null, cells: piece.cells });
    }
  };
  for (const piece of history.pieces) tally(piece);
  for (const piece of await openChapters(stores.db, run, coordinate, chaptersOf(cut))) tally(piece);
  await loadPoints(stores, run, stored, tallyPoints);
  return [...lines.values()].filter(({ key }) => logged.has(key));
}

/** What is to be looked for in the chapters of pieces. */
export function chaptersOf(pieces: readonly Piece[]): Wanted[] {
  const wanted = new Map<Piece['chapter'], Wanted & { keys: Set<string> }>();
  for (const { span, chapter, key } of pieces) {
    const known = wanted.get(chapter);
    if (known) known.keys.add(key);
    else wanted.set(chapter, { span, chapter: chapter!, keys: new Set([key]) });
  }
  return [...wanted.values()];
}

function add(line: Line, count: number, low: number, high: number, seen: Seen): void {
  line.total += count;
  line.low = Math.min(line.low, low);
  line.high = Math.max(line.high, high);
  line.seen.push(seen);
}

/** A piece's points in view, in the order logged, and whether it has visible ones at all, in range or not. */
export function inView(
  { place, from, to }: View,
  { span: { attempt, upTo } }: Piece,
  { steps, times, values }: Series,
): { placed: Placed; logged: boolean } {
  const x = new Float64Array(steps.length);
  const kept = new Uint32Array(steps.length);
  let size = 0;
  let logged = false;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i]! > upTo) continue;
    logged = true;
    const at = place(steps[i]!, times[i]!, attempt);
    if ((from !== undefined && at < from) || (to !== undefined && at > to)) continue;
    kept[size] = i;
    x[size++] = at;
  }
  if (size === steps.length) return { placed: { x, steps, times, values }, logged };
  const pick = (column: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (let i = 0; i < size; i++) out[i] = column[kept[i]!]!;
    return out;
  };
  return { placed: { x: x.slice(0, size), steps: pick(steps), times: pick(times), values: pick(values) }, logged };
}

/**
 * Of cells that are all in view, or of which nothing is; null where the view cuts through them, or where they were made from another
 * beginning of the attempt's running time: then only the points tell.
 */
function extentOf(
  { axis, place, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: View,
  { span: { attempt, upTo } }: Piece,
  cells: Cells,
  phase: number,
): { count: number; low: number; high: number; logged: boolean } | null {
  if (cells.coordinate === 'time' && axis === 'relative' && cells.phase !== phase) return null;
  let inside = 0;
  let count = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let logged = false;
  for (let i = 0; i < cells.count.length; i++) {
    const low = place(cells.low[i]!, cells.low[i]!, attempt);
    const high = place(cells.high[i]!, cells.high[i]!, attempt);
    const visible = cells.maxStep[i]! <= upTo;
    if (!visible && (cells.coordinate === 'time' || cells.low[i]! <= upTo)) return null;
    logged ||= visible;
    if (!visible || high < from || low > to) continue;
    if (low < from || high > to) return null;
    inside++;
    count += cells.count[i]!;
    lowest = Math.min(lowest, low);
    highest = Math.max(highest, high);
  }
  return inside === 0 || inside === cells.count.length ? { count, low: lowest, high: highest, logged } : null;
}
