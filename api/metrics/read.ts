import type * as z from 'zod';
import type { readMetrics as route, SeriesOut } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { invalid, notFound } from '../errors.ts';
import { EPOCH_KEY, type Placement, placementOf } from './axis.ts';
import type { Coordinate } from './cells.ts';
import { type Alignment, type Grid, gridOf } from './grid.ts';
import { type History, openChapters, openHistories, type Piece } from './history.ts';
import { LEVEL_GAP } from './levels.ts';
import { loadFineCells, loadPoints } from './load.ts';
import { chaptersOf, inView, type Line, measure, type Room, type Seen, type View } from './measure.ts';
import { bucketSink, exactSink } from './sink.ts';
import { upToStep } from './visible.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** Entries that one reply may hold: series times points. */
const MOST_ENTRIES = 2_000_000;
/** Packed rows of so many runs are in memory at a time; each run is read in one transaction. */
const RUNS_AT_ONCE = 10;
/** Points that are kept from measuring a reply to drawing it; beyond that they are read again. */
const HELD_BYTES = 32 * 2 ** 20;

/**
 * The cells that a chart of an axis may be drawn from. Epochs have none: where one begins in steps is another place in every run, so
 * a chart by epoch reads points.
 */
const CELLS: Record<Query['axis'], Coordinate | null> = { step: 'step', relative: 'time', wall: 'time', epoch: null };

/**
 * Many runs and keys in one reply: the visible points in range, exact where a series has no more than `points` of them, else one
 * entry a bucket of the reply's one grid. First each series is measured (how many points, from where to where), from coarse cells and
 * whatever cuts through them; then it is drawn, from cells that the grid takes whole and from points where there are none.
 * Errors: invalid_request (too much at once), not_found.
 */
export async function readMetrics(deps: Deps, query: Query): Promise<Reply> {
  const runs = [...new Set(query.runs)];
  const keys = [...new Set(query.keys)];
  const { points, axis } = query;
  if (runs.length * keys.length * points > MOST_ENTRIES) {
    const allowed = `runs × keys × points ≤ ${MOST_ENTRIES}`;
    throw invalid(['query', 'points'], 'too much for one reply', { value: points, allowed });
  }
  await requireRuns(deps, runs);
  const unplaced: string[] = [];
  const charts: Chart[] = [];
  const room: Room = { bytes: HELD_BYTES };
  for (let start = 0; start < runs.length; start += RUNS_AT_ONCE) {
    const wanted = axis === 'epoch' ? [...new Set([...keys, EPOCH_KEY])] : keys;
    const some = runs.slice(start, start + RUNS_AT_ONCE);
    for (const history of await openHistories(deps.db, some, wanted, CELLS[axis])) {
      const place = await placementFor(deps, history, axis);
      if (!place) {
        unplaced.push(history.run);
        continue;
      }
      const view: View = { axis, place, from: query.from, to: query.to };
      charts.push({ history, view, lines: await measure(deps, history, keys, CELLS[axis], view, room) });
    }
  }
  const grid = sharedGrid(charts, query);
  const series: SeriesOut[] = [];
  for (const chart of charts) series.push(...(await draw(deps, chart, grid, query)));
  return {
    axis,
    grid: grid && { origin: grid.origin, width: grid.width, count: grid.count },
    series,
    unplaced,
  };
}

interface Chart {
  readonly history: History;
  readonly view: View;
  readonly lines: readonly Line[];
}

async function requireRuns(deps: Deps, runs: readonly string[]): Promise<void> {
  const rows = await deps.db.all('SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(runs),
  ]);
  const known = new Set(rows.map((row) => row.id));
  const unknown = runs.find((run) => !known.has(run));
  if (unknown !== undefined) throw notFound(`run ${unknown}`);
}

async function placementFor(deps: Deps, history: History, axis: Query['axis']): Promise<Placement | null> {
  if (axis !== 'epoch') return placementOf(axis, history.spans, []);
  const own = history.pieces.filter(({ key }) => key === EPOCH_KEY);
  const blocks = new Map(own.flatMap((piece) => (piece.points ? [[piece, piece.points] as const] : [])));
  const stored = own.filter(({ ref }) => ref !== null);
  await loadPoints(deps, history.run, stored, (piece, series) => blocks.set(piece, series));
  return placementOf(
    axis,
    history.spans,
    own.flatMap((piece) => (blocks.has(piece) ? [upToStep(blocks.get(piece)!, piece.span.upTo)] : [])),
  );
}

/** Null when every series is exact. The grid spans what is asked for, or else what is there. */
function sharedGrid(charts: readonly Chart[], query: Query): Grid | null {
  const { points, axis, from, to } = query;
  const lines = charts.flatMap((chart) => chart.lines);
  if (lines.every(({ total }) => total <= points)) return null;
  // No axis reaches further, and the width of a grid over more would not be a number.
  const low = from === undefined ? Math.min(...lines.map((line) => line.low)) : Math.max(from, -(2 ** 53));
  const high = to === undefined ? Math.max(...lines.map((line) => line.high)) : Math.min(to, 2 ** 53);
  return gridOf(low, high, points, alignmentOf(lines, axis, (high - low) / points));
}

/** Eighths of seconds are whole milliseconds: cells of running time are aligned to the clock only from there up. */
const CLOCK_LEAST = -3;

function alignmentOf(lines: readonly Line[], axis: Query['axis'], width: number): Alignment {
  if (axis === 'relative') return { phase: 0, unit: 1, least: -10 };
  if (axis === 'epoch') return { phase: 0, unit: 1, least: -20 };
  if (axis === 'wall' && width >= 1000 * 2 ** CLOCK_LEAST) {
    const phases = new Set(lines.flatMap(({ seen }) => seen.flatMap(({ cells }) => (cells ? [cells.phase] : []))));
    const [phase] = phases;
    // Runs began at different times: no grid takes the cells of more than one attempt whole.
    if (phase !== undefined && phases.size === 1) return { phase, unit: 1000, least: CLOCK_LEAST };
  }
  return { phase: 0, unit: 1, least: 0 };
}

/** Chapters whose parts are in memory at a time. */
const CHAPTERS_AT_ONCE = 16;

/** A chart's series. Whatever is drawn from narrower cells or from points is read a page at a time, straight into the buckets. */
async function draw(
  deps: Deps,
  { history, view, lines }: Chart,
  grid: Grid | null,
  { points, axis }: Query,
): Promise<SeriesOut[]> {
  const sinks = lines.map(({ total }) => (grid && total > points ? bucketSink(grid, view) : exactSink()));
  const sinkOf = new Map(lines.map(({ key }, index) => [key, sinks[index]!]));
  const narrower: Piece[] = [];
  let fine: Piece[] = [];
  let stored: Piece[] = [];
  const add = (piece: Piece, { placed, cells }: Omit<Seen, 'piece'>): void => {
    const sink = sinkOf.get(piece.key)!;
    if (placed) sink.addPoints(placed, piece.order);
    else if (cells && sink.takes(cells)) sink.addCells(cells, piece.span.attempt, piece.order);
    else if (piece.chapter) narrower.push(piece);
    else if (cells && sink.takes({ ...cells, exponent: cells.exponent - LEVEL_GAP })) fine.push(piece);
    else stored.push(piece);
  };
  const load = async (): Promise<void> => {
    await loadFineCells(deps.db, history.run, fine, (piece, cells) => {
      const sink = sinkOf.get(piece.key)!;
      if (sink.takes(cells)) sink.addCells(cells, piece.span.attempt, piece.order);
      else stored.push(piece);
    });
    await loadPoints(deps, history.run, stored, (piece, series) =>
      sinkOf.get(piece.key)!.addPoints(inView(view, piece, series).placed, piece.order),
    );
    fine = [];
    stored = [];
  };
  for (const { seen } of lines) for (const { piece, ...kept } of seen) add(piece, kept);
  await load();
  const chapters = chaptersOf(narrower);
  for (let start = 0; start < chapters.length; start += CHAPTERS_AT_ONCE) {
    const some = chapters.slice(start, start + CHAPTERS_AT_ONCE);
    for (const piece of await openChapters(deps.db, history.run, CELLS[axis], some)) {
      add(piece, { placed: null, cells: piece.cells });
    }
    await load();
  }
  return lines.map(({ run, key }, index) => ({ run, key, ...sinks[index]!.columns() }));
}
