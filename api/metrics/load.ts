import type { Database, Row } from '@tidemark/db/database';
import type { BlobStore } from '../blobs/store.ts';
import { type Cells, decodeCells } from './cells.ts';
import { decodeFrame, type Series } from './frame.ts';
import { type Piece, WANTED } from './history.ts';
import { LEVELS } from './levels.ts';
import { requireStored, STORED, STORES, type StoredRow } from './stored.ts';

const DATA = 'COALESCE(metric_packs.data, s.data)';
const PACKS = 'LEFT JOIN metric_packs ON metric_packs.id = s.pack';

/** Rows in memory at a time: of points at most 1 MB each, usually 32 kB; of cells about 32 kB. */
const POINT_ROWS = 16;
const CELL_ROWS = 64;

/** Where a project's points are: in its database, and of runs that have ended also in its blobs. */
export interface Stores {
  readonly db: Database;
  readonly blobs: BlobStore;
}

/** Visits the stored points of pieces, a page of rows after the other. Errors: unavailable. */
export async function loadPoints(
  { db, blobs }: Stores,
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
    const rows = await db.all<StoredRow & { attempt: number; part: number; key_group: number }>(
      `SELECT s.attempt, s.part, s.key_group, ${STORED} FROM json_each(?) AS wanted CROSS JOIN metric_segments AS s
       ON s.run = ? AND s.attempt = wanted.value ->> 0 AND s.level = 0 AND s.part = wanted.value ->> 1
         AND s.key_group = wanted.value ->> 2 ${STORES}`,
      [`[${ids.slice(start, start + POINT_ROWS).join()}]`, run],
    );
    const stored = await requireStored(blobs, rows);
    for (const [index, { attempt, part, key_group }] of rows.entries()) {
      const data = stored[index]!;
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
