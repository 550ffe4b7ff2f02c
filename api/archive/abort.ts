import type { Row } from '@tidemark/db/database';
import { sweepWanted } from '../blobs/sweep.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { findImport } from './find.ts';

const DAY = 86_400_000;
const AT_ONCE = 50;
/** What an import may have made beside runs, in an order in which it can go. */
const MADE = ['snapshots', 'views', 'models', 'weights', 'datasets', 'experiments'] as const;

/** Takes back all that an import has brought so far, some runs at a time. Errors: not_found, conflict (it is done). */
export async function abortImport(deps: Deps, id: string): Promise<void> {
  const { state } = await findImport(deps, id);
  if (state === 'done') throw new ApiError('conflict', 'The import is done; delete its runs instead.');
  for (;;) {
    const rows = await deps.db.all<Row & { new: string }>(
      `SELECT new FROM import_rows WHERE import = ? AND source = 'runs' LIMIT ${AT_ONCE}`,
      [id],
    );
    if (rows.length === 0) break;
    const runs = JSON.stringify(rows.map((row) => row.new));
    const wanted = '(SELECT value FROM json_each(?))';
    await deps.db.batch([
      { sql: `DELETE FROM events WHERE run IN ${wanted}`, params: [runs] },
      { sql: `DELETE FROM runs WHERE id IN ${wanted}`, params: [runs] },
      { sql: `DELETE FROM import_rows WHERE import = ? AND source = 'runs' AND new IN ${wanted}`, params: [id, runs] },
    ]);
  }
  const made = 'SELECT new FROM import_rows WHERE import = ? AND source = ? AND data IS NOT NULL';
  await deps.db.batch([
    {
      sql: `DELETE FROM events WHERE run IS NULL AND id IN (SELECT CAST(new AS INTEGER) FROM import_rows WHERE import = ? AND source = 'events')`,
      params: [id],
    },
    ...MADE.map((table) => ({
      // An experiment that got runs of its own meanwhile stays.
      sql: `DELETE FROM ${table} WHERE ${table === 'weights' ? 'name' : 'id'} IN (${made})
            ${table === 'experiments' ? 'AND id NOT IN (SELECT experiment_id FROM runs)' : ''}`,
      params: [id, table],
    })),
    { sql: 'DELETE FROM imports WHERE id = ?', params: [id] },
    sweepWanted(deps.now()),
  ]);
}

/** Imports that nobody went on with for a day. Answers when to look again, or null. */
export async function abortAbandoned(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const open = await deps.db.all<Row & { id: string; touched_at: number }>(
    "SELECT id, touched_at FROM imports WHERE state = 'open' ORDER BY touched_at LIMIT 2",
  );
  const [oldest, next] = open;
  if (!oldest || oldest.touched_at > now - DAY) return oldest ? oldest.touched_at + DAY : null;
  await abortImport(deps, oldest.id);
  return next ? Math.max(now + 1000, next.touched_at + DAY) : null;
}
