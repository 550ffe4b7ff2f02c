import type { Database, Row } from '@tidemark/db/database';
import { type Cells, type Coordinate, decodeCells } from './cells.ts';
import { decodeFrame, type Series } from './frame.ts';
import { LEVELS } from './levels.ts';
import { type AttemptSpan, selectAttempts, spansOf } from './visible.ts';

/** A row of a part's points. It never changes. */
export interface Ref {
  readonly attempt: number;
  readonly part: number;
  readonly group: number;
}

/** One key's points in one part, chunk or tail. */
export interface Piece {
  readonly key: string;
  readonly span: AttemptSpan;
  /** Where it comes in what the run logged. */
  readonly order: number;
  /** Where its points are stored, when they are not here. */
  readonly ref: Ref | null;
  readonly points: Series | null;
  /** The coarse cells of a part that has them. */
  readonly cells: Cells | null;
}

export interface History {
  readonly run: string;
  readonly spans: readonly AttemptSpan[];
  readonly pieces: readonly Piece[];
}

/** An index of the runs' attempts leads to exactly the wanted rows; sorting is left out because rows are large. */
const ofRuns = (table: string, on: string) =>
  `FROM attempts CROSS JOIN ${table} AS s ON s.run = attempts.run AND s.attempt = attempts.attempt ${on}
   WHERE attempts.run IN (SELECT value FROM json_each(?))`;
const WANTED = '(SELECT value FROM json_each(?))';

/**
 * What the runs have of the keys (null: of all), read in one transaction: everything that may still change, and of parts their coarse cells of a
 * coordinate (null: none) and where their points are.
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
  const [attempts, parts, cells, chunks, tails] = await db.batch([
    selectAttempts(runs),
    {
      sql: `SELECT s.run, s.attempt, s.part, s.key_group,
              CASE s.keys WHEN ? THEN s.keys
                ELSE (SELECT json_group_array(value) FROM json_each(s.keys) WHERE ? OR value IN ${WANTED}) END AS found
            ${ofRuns('metric_segments', 'AND s.level = 0')}`,
      params: [wanted, all, wanted, some],
    },
    {
      sql: `SELECT s.run, s.attempt, s.part, s.data
            ${ofRuns('metric_segments', 'AND s.level = ?')}
            AND (s.keys = ? OR EXISTS (SELECT 1 FROM json_each(s.keys) WHERE value IN ${WANTED}))`,
      params: [coordinate === null ? -1 : LEVELS[coordinate].coarse, some, wanted, wanted],
    },
    { sql: `SELECT s.run, s.attempt, s.chunk, s.data ${ofRuns('metric_chunks', '')}`, params: [some] },
    {
      sql: 'SELECT run, attempt, tail AS data FROM live WHERE run IN (SELECT value FROM json_each(?))',
      params: [some],
    },
  ]);
  const only = keys === null ? undefined : new Set(keys);
  const coarse = new Map<string, Cells>();
  for (const row of cells!) {
    for (const block of decodeCells(row.data as Uint8Array, only)) {
      coarse.set(`${row.run}/${row.attempt}/${row.part}/${block.key}`, block);
    }
  }
  const stores = [
    parts!.toSorted((a, b) => Number(a.part) - Number(b.part)),
    chunks!.toSorted((a, b) => Number(a.chunk) - Number(b.chunk)),
    tails!,
  ].map(byAttempt);
  const spansByRun = spansOf(attempts!);
  return runs.map((run) => {
    const spans = spansByRun.get(run) ?? [];
    const pieces: Piece[] = [];
    for (const span of spans) {
      for (const row of stores.flatMap((store) => store.get(`${run}/${span.attempt}`) ?? [])) {
        const add = (piece: Pick<Piece, 'key' | 'ref' | 'points' | 'cells'>) =>
          pieces.push({ ...piece, span, order: pieces.length });
        if (row.data === undefined) {
          const ref = { attempt: span.attempt, part: Number(row.part), group: Number(row.key_group) };
          for (const key of JSON.parse(String(row.found)) as string[]) {
            const cells = coarse.get(`${run}/${span.attempt}/${ref.part}/${key}`) ?? null;
            add({ key, ref, points: null, cells });
          }
        } else {
          for (const points of decodeFrame(row.data as Uint8Array, only)) {
            add({ key: points.key, ref: null, points, cells: null });
          }
        }
      }
    }
    return { run, spans, pieces };
  });
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

const DATA = 'COALESCE(metric_packs.data, s.data)';
const PACKS = 'LEFT JOIN metric_packs ON metric_packs.id = s.pack';

/** Rows in memory at a time: of points at most 1 MB each, usually 32 kB; of cells about 32 kB. */
const POINT_ROWS = 16;
const CELL_ROWS = 64;

/** Visits the stored points of pieces, a page of rows after the other. */
export async function loadPoints(
  db: Database,
  run: string,
  pieces: readonly Piece[],
  visit: (piece: Piece, points: Series) => void,
): Promise<void> {
  const byRow = new Map<string, Map<string, Piece>>();
  for (const piece of pieces) {
    const { attempt, part, group } = piece.ref!;
    const id = JSON.stringify([attempt, part, group]);
    byRow.set(id, (byRow.get(id) ?? new Map<string, Piece>()).set(piece.key, piece));
  }
  const ids = [...byRow.keys()];
  for (let start = 0; start < ids.length; start += POINT_ROWS) {
    const rows = await db.all<Row & { attempt: number; part: number; key_group: number; data: Uint8Array }>(
      `SELECT s.attempt, s.part, s.key_group, ${DATA} AS data FROM json_each(?) AS wanted CROSS JOIN metric_segments AS s
       ON s.run = ? AND s.attempt = wanted.value ->> 0 AND s.level = 0 AND s.part = wanted.value ->> 1
         AND s.key_group = wanted.value ->> 2 ${PACKS}`,
      [`[${ids.slice(start, start + POINT_ROWS).join()}]`, run],
    );
    for (const { attempt, part, key_group, data } of rows) {
      const own = byRow.get(JSON.stringify([attempt, part, key_group]))!;
      for (const points of decodeFrame(data, new Set(own.keys()))) visit(own.get(points.key)!, points);
    }
  }
}

/** Visits the fine cells of pieces that have coarse ones, a page of parts after the other. */
export async function loadFineCells(
  db: Database,
  run: string,
  pieces: readonly Piece[],
  visit: (piece: Piece, cells: Cells) => void,
): Promise<void> {
  const byPart = new Map<string, Map<string, Piece>>();
  for (const piece of pieces) {
    const id = JSON.stringify([piece.ref!.attempt, piece.ref!.part]);
    byPart.set(id, (byPart.get(id) ?? new Map<string, Piece>()).set(piece.key, piece));
  }
  const keys = JSON.stringify([...new Set(pieces.map(({ key }) => key))]);
  const ids = [...byPart.keys()];
  for (let start = 0; start < ids.length; start += CELL_ROWS) {
    const rows = await db.all<Row & { attempt: number; part: number; data: Uint8Array }>(
      `SELECT s.attempt, s.part, ${DATA} AS data FROM json_each(?) AS wanted CROSS JOIN metric_segments AS s
       ON s.run = ? AND s.attempt = wanted.value ->> 0 AND s.level = ? AND s.part = wanted.value ->> 1 ${PACKS}
       WHERE EXISTS (SELECT 1 FROM json_each(s.keys) WHERE value IN ${WANTED})`,
      [`[${ids.slice(start, start + CELL_ROWS).join()}]`, run, LEVELS[pieces[0]!.cells!.coordinate].fine, keys],
    );
    for (const { attempt, part, data } of rows) {
      const own = byPart.get(JSON.stringify([attempt, part]))!;
      for (const cells of decodeCells(data, new Set(own.keys()))) visit(own.get(cells.key)!, cells);
    }
  }
}
