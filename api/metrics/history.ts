import type { Database, Row } from '@tidemark/db/database';
import { type Cells, type Coordinate, decodeCells } from './cells.ts';
import { type Chapter, decodeHead } from './chapters.ts';
import { mergeFrames, type Series } from './frame.ts';
import { LEVELS } from './levels.ts';
import { type AttemptSpan, selectAttempts, spansOf } from './visible.ts';

/** A row of a part's points. It never changes. */
export interface Ref {
  readonly attempt: number;
  readonly part: number;
  readonly group: number;
}

/** One key's points in one chapter, part, chunk or tail. Exactly one of `chapter`, `ref` and `points` says where they are. */
export interface Piece {
  readonly key: string;
  readonly span: AttemptSpan;
  /** Where it comes in what the run logged. */
  readonly order: number;
  readonly chapter: Chapter | null;
  readonly ref: Ref | null;
  readonly points: Series | null;
  /** The wide cells of a chapter; the coarse ones of a part that has them. */
  readonly cells: Cells | null;
}

export interface History {
  readonly run: string;
  readonly spans: readonly AttemptSpan[];
  readonly pieces: readonly Piece[];
}

/** Parts and chapters are numbered by their first chunk, so these numbers are in the order logged across all of them. */
const orderOf = ({ attempt }: AttemptSpan, chunk: number): number => attempt * 2 ** 32 + chunk;
const TAIL = 2 ** 32 - 1;

export const WANTED = '(SELECT value FROM json_each(?))';
/** Of a row's list of keys those that are wanted, or all; most rows of a chart of one key list just that. */
const FOUND = `CASE s.keys WHEN ? THEN s.keys
  ELSE (SELECT json_group_array(value) FROM json_each(s.keys) WHERE ? OR value IN ${WANTED}) END AS found`;
/** No character of a key is escaped in JSON: so a key in quotes is in the list, and quickly found. */
const HAS = "EXISTS (SELECT 1 FROM json_each(?) WHERE instr(s.keys, '\"' || value || '\"'))";

/** An index of the runs' attempts leads to exactly the wanted rows; sorting is left out because rows are large. */
const ofRuns = (table: string, on: string, join = '') =>
  `FROM attempts CROSS JOIN ${table} AS s ON s.run = attempts.run AND s.attempt = attempts.attempt ${on} ${join}
   WHERE attempts.run IN (SELECT value FROM json_each(?))`;
/** Parts that are in no chapter: those in front of the first one. */
const LOOSE = `AND s.part < COALESCE((SELECT MIN(c.part) FROM metric_segments AS c
  WHERE c.run = attempts.run AND c.attempt = attempts.attempt AND c.level = ?), ${2 ** 53})`;

/**
 * What the runs have of the keys (null: of all), read in one transaction: everything that may still change, chapters with their wide cells of a
 * coordinate, and of the parts in no chapter their coarse cells and where their points are. Without a coordinate: all parts, no cells.
 */
export async function openHistories(
  db: Database,
  runs: readonly string[],
  keys: readonly string[] | null,
  coordinate: Coordinate | null,
): Promise<History[]> {
  const some = JSON.stringify(runs);
  const wanted = JSON.stringify(keys ?? []);
  const all = keys === null ? 1 : 0;
  const { coarse, wide } = coordinate === null ? { coarse: -1, wide: -1 } : LEVELS[coordinate];
  const [attempts, chapters, parts, cells, chunks, tails] = await db.batch([
    selectAttempts(runs),
    {
      sql: `SELECT s.run, s.attempt, s.part, s.data AS head, CASE WHEN ${HAS} THEN p.data END AS cells
            ${ofRuns('metric_segments', 'AND s.level = ?', 'LEFT JOIN metric_packs AS p ON p.id = s.pack')}`,
      params: [wanted, wide, some],
    },
    {
      sql: `SELECT s.run, s.attempt, s.part, s.key_group, ${FOUND} ${ofRuns('metric_segments', `AND s.level = 0 ${LOOSE}`)}`,
      params: [wanted, all, wanted, wide, some],
    },
    {
      sql: `SELECT s.run, s.attempt, s.part, s.data
            ${ofRuns('metric_segments', `AND s.level = ? ${LOOSE}`)} AND (s.keys = ? OR ${HAS})`,
      params: [coarse, wide, some, wanted, wanted],
    },
    { sql: `SELECT s.run, s.attempt, s.chunk, s.data ${ofRuns('metric_chunks', '')}`, params: [some] },
    {
      sql: 'SELECT run, attempt, tail AS data FROM live WHERE run IN (SELECT value FROM json_each(?))',
      params: [some],
    },
  ]);
  const only = keys === null ? undefined : new Set(keys);
  const [chaptersOf, partsOf, cellsOf, chunksOf, tailsOf] = [chapters!, parts!, cells!, chunks!, tails!].map(byAttempt);
  const spansByRun = spansOf(attempts!);
  const histories: History[] = [];
  for (const run of runs) {
    const spans = spansByRun.get(run) ?? [];
    const pieces: Piece[] = [];
    for (const span of spans) {
      const id = `${run}/${span.attempt}`;
      const loose: Wanted[] = [];
      for (const row of chaptersOf!.get(id) ?? []) {
        const chapter = decodeHead(Number(row.part), row.head as Uint8Array);
        const found = row.cells === null ? [] : decodeCells(row.cells as Uint8Array, only);
        for (const cells of found) pieces.push(pieceOf(span, cells.key, { chapter, cells }));
        const missing = new Set(only);
        for (const { key } of found) missing.delete(key);
        if (chapter.full && missing.size > 0) loose.push({ span, chapter, keys: missing });
      }
      for (const piece of partPieces(span, partsOf!.get(id) ?? [], cellsOf!.get(id) ?? [], only)) pieces.push(piece);
      for (const row of [...(chunksOf!.get(id) ?? []), ...(tailsOf!.get(id) ?? [])]) {
        for (const points of mergeFrames([row.data as Uint8Array], only)) {
          pieces.push(pieceOf(span, points.key, { points, chunk: row.chunk === undefined ? TAIL : Number(row.chunk) }));
        }
      }
      for (const piece of await openChapters(db, run, coordinate, loose)) pieces.push(piece);
    }
    histories.push({ run, spans, pieces: pieces.sort((a, b) => a.order - b.order) });
  }
  return histories;
}

/** Keys that are looked for in a chapter's parts. */
export interface Wanted {
  readonly span: AttemptSpan;
  readonly chapter: Chapter;
  readonly keys: ReadonlySet<string>;
}

/** Chapters whose parts are looked for at a time. */
const CHAPTERS_AT_ONCE = 16;

/** The pieces of which chapters of a run are made, in any sequence. */
export async function openChapters(
  db: Database,
  run: string,
  coordinate: Coordinate | null,
  wanted: readonly Wanted[],
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (let start = 0; start < wanted.length; start += CHAPTERS_AT_ONCE) {
    const some = wanted.slice(start, start + CHAPTERS_AT_ONCE);
    const ranges = JSON.stringify(some.map(({ span, chapter }) => [span.attempt, chapter.first, chapter.last]));
    const keys = JSON.stringify([...new Set(some.flatMap(({ keys }) => [...keys]))]);
    const inRanges = `FROM json_each(?) AS range CROSS JOIN metric_segments AS s ON s.run = ? AND s.attempt = range.value ->> 0
      AND s.level = ? AND s.part BETWEEN range.value ->> 1 AND range.value ->> 2`;
    const [parts, cells] = await db.batch([
      {
        sql: `SELECT range.key AS chapter, s.part, s.key_group, ${FOUND} ${inRanges}`,
        params: [keys, 0, keys, ranges, run, 0],
      },
      {
        sql: `SELECT range.key AS chapter, s.part, s.data ${inRanges} WHERE s.keys = ? OR ${HAS}`,
        params: [ranges, run, coordinate === null ? -1 : LEVELS[coordinate].coarse, keys, keys],
      },
    ]);
    for (const [index, { span, keys: own }] of some.entries()) {
      const of = (rows: readonly Row[]) => rows.filter(({ chapter }) => chapter === index);
      for (const piece of partPieces(span, of(parts!), of(cells!), own)) pieces.push(piece);
    }
  }
  return pieces;
}

/** The pieces of an attempt's parts, of rows of their points and of their coarse cells. */
function partPieces(
  span: AttemptSpan,
  parts: readonly Row[],
  cells: readonly Row[],
  only: ReadonlySet<string> | undefined,
): Piece[] {
  const coarse = new Map<string, Cells>();
  for (const row of cells) {
    for (const block of decodeCells(row.data as Uint8Array, only)) coarse.set(`${row.part}/${block.key}`, block);
  }
  return parts.flatMap((row) => {
    const [part, group] = [Number(row.part), Number(row.key_group)];
    return (JSON.parse(String(row.found)) as string[])
      .filter((key) => only?.has(key) ?? true)
      .map((key) =>
        pieceOf(span, key, {
          ref: { attempt: span.attempt, part, group },
          cells: coarse.get(`${part}/${key}`) ?? null,
        }),
      );
  });
}

function pieceOf(
  span: AttemptSpan,
  key: string,
  place: Partial<Pick<Piece, 'chapter' | 'ref' | 'points' | 'cells'>> & { readonly chunk?: number },
): Piece {
  const { chapter = null, ref = null, points = null, cells = null, chunk } = place;
  const order = orderOf(span, chunk ?? ref?.part ?? chapter!.first);
  return { key, span, order, chapter, ref, points, cells };
}

function byAttempt(rows: readonly Row[]): Map<string, Row[]> {
  const map = new Map<string, Row[]>();
  for (const row of rows) {
    const id = `${row.run}/${row.attempt}`;
    const list = map.get(id);
    if (list) list.push(row);
    else map.set(id, [row]);
  }
  return map;
}
