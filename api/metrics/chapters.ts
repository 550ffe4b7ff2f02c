/**
 * A chapter is a few parts in a row of a long attempt: one row of wide cells for each coordinate, renewed with every part, so that a chart of a
 * long series reads one row where it would read sixteen. Three rules make it a table of contents, too:
 *
 * - The first parts of an attempt have no chapter (a short run pays nothing for it); from the first chapter on every part is in one. So
 *   the parts to be looked for one by one are those in front of the first chapter: also those written before there were chapters.
 * - A key that is in a chapter has all its points of the chapter's parts there. So a chapter of which everything is in view, or nothing,
 *   tells all that a chart asks of its parts; the parts are looked for only where a range cuts through it or narrower cells are wanted.
 * - A key that is not in a chapter has no points in its parts, unless the chapter is full: then more keys came than it has room for.
 */
import type { Row, Statement } from '@tidemark/db/database';
import { type Cells, type Coordinate, cellsOf, decodeCells, encodeCells, packedSize } from './cells.ts';
import type { Series } from './frame.ts';
import { LEVELS, WIDE_POINTS } from './levels.ts';
import { mergeCells } from './merge.ts';

/** Numbers of parts are those of their first chunks; a chapter begins at each multiple of this. */
const CHAPTER_CHUNKS = 256;
/** Parts below this number have no chapter. */
const FIRST_CHAPTER = 32;
/** New keys are taken in up to so many bytes, about 200 keys: renewing a chapter is part of a log call. */
const TAKES_BYTES = 24_576;
/** A chapter that grows beyond this goes on in another. */
const CHAPTER_BYTES = 65_536;

/** A chapter's row: what stands in `metric_segments.data`; the cells are in its pack. */
export interface Chapter {
  readonly first: number;
  readonly last: number;
  readonly full: boolean;
}

/** Last part (float64), whether it is full (uint8), little-endian. */
function encodeHead({ last, full }: Pick<Chapter, 'last' | 'full'>): Uint8Array {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, last, true);
  view.setUint8(8, full ? 1 : 0);
  return bytes;
}

export function decodeHead(first: number, head: Uint8Array): Chapter {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return { first, last: view.getFloat64(0, true), full: view.getUint8(8) === 1 };
}

/** The newest chapter of an attempt: a row each coordinate. */
export const selectChapter = (run: string, attempt: number): Statement => ({
  sql: `SELECT s.level, s.part, s.data AS head, s.pack, metric_packs.data AS cells
        FROM metric_segments AS s JOIN metric_packs ON metric_packs.id = s.pack
        WHERE s.run = ? AND s.attempt = ? AND s.level IN (${LEVELS.step.wide}, ${LEVELS.time.wide})
          AND s.part = (SELECT MAX(part) FROM metric_segments WHERE run = ? AND attempt = ? AND level = ${LEVELS.step.wide})`,
  params: [run, attempt, run, attempt],
});

export interface NewPart {
  readonly run: string;
  readonly attempt: number;
  readonly part: number;
  readonly merged: readonly Series[];
  readonly phase: number;
}

/** What takes a new part into its chapter, of the rows of `selectChapter` from the same moment as the part's chunks. `still`: as for the part. */
export function chapterStatements(part: NewPart, rows: readonly Row[], still: Statement): Statement[] {
  if (part.part < FIRST_CHAPTER) return [];
  const coordinates = ['step', 'time'] as const;
  const known = coordinates.map((coordinate) => rows.find(({ level }) => level === LEVELS[coordinate].wide));
  const begins = Math.floor(part.part / CHAPTER_CHUNKS) * CHAPTER_CHUNKS;
  const goesOn = known.every((row) => row !== undefined && Number(row.part) >= begins);
  const made = coordinates.map((coordinate, i) => grown(part, coordinate, goesOn ? known[i]! : null));
  // Both coordinates turn over together, so that one question finds the newest chapter of either.
  const fits = made.every((pages) => pages !== null);
  return coordinates.flatMap((coordinate, i) => {
    const row = goesOn && fits ? known[i]! : null;
    return written(part, coordinate, row, fits ? made[i]! : grown(part, coordinate, null)!, still);
  });
}

interface Grown {
  readonly blocks: readonly Cells[];
  readonly full: boolean;
}

/** A chapter's cells with the part's; null where it has become too large, or was counted from another beginning. */
function grown({ merged, phase }: NewPart, coordinate: Coordinate, row: Row | null): Grown | null {
  const origin = coordinate === 'step' ? 0 : phase;
  const known = row ? decodeCells(row.cells as Uint8Array) : [];
  if (known.some((cells) => cells.phase !== origin)) return null;
  const blocks = new Map(known.map((cells) => [cells.key, cells]));
  let full = row !== null && decodeHead(0, row.head as Uint8Array).full;
  let bytes = known.reduce((sum, { key, count }) => sum + packedSize(key, count.length), 0);
  for (const series of merged) {
    const before = blocks.get(series.key);
    if (!before && full) continue;
    const own = cellsOf(series, coordinate, WIDE_POINTS, origin);
    const after = before ? mergeCells(before, own) : own;
    const more =
      packedSize(series.key, after.count.length) - (before ? packedSize(series.key, before.count.length) : 0);
    if (!before && bytes + more > TAKES_BYTES && bytes > 0) {
      full = true;
      continue;
    }
    blocks.set(series.key, after);
    bytes += more;
  }
  return row && bytes > CHAPTER_BYTES ? null : { blocks: [...blocks.values()], full };
}

function written(
  { run, attempt, part }: NewPart,
  coordinate: Coordinate,
  row: Row | null,
  { blocks, full }: Grown,
  still: Statement,
): Statement[] {
  const level = LEVELS[coordinate].wide;
  const keys = JSON.stringify(blocks.map(({ key }) => key));
  const [head, cells] = [encodeHead({ last: part, full }), encodeCells(blocks)];
  const when = still.params ?? [];
  if (row) {
    return [
      { sql: `UPDATE metric_packs SET data = ? WHERE id = ? AND ${still.sql}`, params: [cells, row.pack!, ...when] },
      {
        sql: `UPDATE metric_segments SET keys = ?, data = ?
              WHERE run = ? AND attempt = ? AND level = ? AND part = ? AND key_group = 0 AND ${still.sql}`,
        params: [keys, head, run, attempt, level, row.part!, ...when],
      },
    ];
  }
  return [
    { sql: `INSERT INTO metric_packs (data) SELECT ? WHERE ${still.sql}`, params: [cells, ...when] },
    {
      sql: `INSERT INTO metric_segments (run, attempt, level, part, key_group, keys, data, pack)
            SELECT ?, ?, ?, ?, 0, ?, ?, (SELECT MAX(id) FROM metric_packs) WHERE ${still.sql}`,
      params: [run, attempt, level, part, keys, head, ...when],
    },
  ];
}
