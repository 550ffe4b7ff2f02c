import type { Row } from '@tidemark/db/database';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { findImport } from './find.ts';
import { TABLES } from './tables.ts';

/**
 * Makes an import visible, in one batch: its runs leave the place where nobody sees them. Errors: not_found, conflict (pages are missing,
 * or blobs).
 */
export async function commitImport(
  deps: Deps,
  principal: Principal,
  id: string,
  pages: number,
): Promise<{ runs: number; kept: string[] }> {
  const found = await findImport(deps, id);
  if (found.state === 'done') return summaryOf(deps, id);
  if (found.next_page !== pages + 1) {
    throw new ApiError('conflict', `The archive has ${pages} pages, but ${found.next_page - 1} are here.`, {
      hint: `Send page ${found.next_page} next.`,
    });
  }
  await requireBlobs(deps, id);
  const now = deps.now();
  const mine = "SELECT new FROM import_rows WHERE import = ? AND source = 'runs'";
  const known = (column: string) =>
    `COALESCE((SELECT new FROM import_rows WHERE import = ? AND source = 'runs' AND old = runs.${column}), runs.${column})`;
  // Looked up by what the run is called here.
  const later = (field: string) =>
    `(SELECT data ->> '${field}' FROM import_rows WHERE import = ? AND source = 'runs' AND new = runs.id)`;
  const parent = `(SELECT parent.id FROM runs AS parent WHERE parent.id = COALESCE(
      (SELECT new FROM import_rows WHERE import = ? AND source = 'runs' AND old = ${later('parent')}), ${later('parent')}))`;
  const summary = await summaryOf(deps, id);
  await deps.db.batch([
    {
      sql: `UPDATE runs SET cloned_from = ${known('cloned_from')}, parent = ${parent}, deleted_at = ${later('deletedAt')}
            WHERE id IN (${mine})`,
      params: [id, id, id, id, id, id],
    },
    {
      sql: `INSERT INTO metric_moves (ended_at, run) SELECT ended_at, id FROM runs WHERE id IN (${mine}) AND ended_at IS NOT NULL
            ON CONFLICT DO NOTHING`,
      params: [id],
    },
    { sql: "UPDATE imports SET state = 'done', touched_at = ? WHERE id = ?", params: [now, id] },
    {
      sql: "DELETE FROM import_rows WHERE import = ? AND source NOT IN ('kept', 'count')",
      params: [id],
    },
    {
      sql: "INSERT INTO import_rows (import, source, old, new) VALUES (?, 'count', 'runs', ?)",
      params: [id, String(summary.runs)],
    },
    projectEvent({
      at: now,
      actor: principal.name,
      type: 'imported',
      detail: { import: id, runs: summary.runs },
    }),
  ]);
  deps.schedule(now);
  deps.signals.publish('queue');
  deps.signals.publish('changes');
  return summary;
}

/** How many runs came, and what was here already under its name and was left as it is. */
async function summaryOf(deps: Deps, id: string): Promise<{ runs: number; kept: string[] }> {
  const [counts, kept] = (await deps.db.batch([
    {
      sql: `SELECT COALESCE((SELECT CAST(new AS INTEGER) FROM import_rows WHERE import = ?1 AND source = 'count'),
              (SELECT COUNT(*) FROM import_rows WHERE import = ?1 AND source = 'runs')) AS runs`,
      params: [id],
    },
    { sql: "SELECT old FROM import_rows WHERE import = ? AND source = 'kept' ORDER BY old LIMIT 1000", params: [id] },
  ])) as [(Row & { runs: number })[], (Row & { old: string })[]];
  return { runs: counts[0]!.runs, kept: kept.map(({ old }) => old) };
}

/** A row whose bytes never came would be a promise that nobody can keep. */
async function requireBlobs(deps: Deps, id: string): Promise<void> {
  const mine = "IN (SELECT new FROM import_rows WHERE import = ? AND source = 'runs')";
  const asks = TABLES.flatMap(({ name, digests = [], of }) =>
    digests.map((column) => {
      const whose =
        of === 'run'
          ? `run ${mine}`
          : of === 'media'
            ? `media IN (SELECT id FROM media WHERE run ${mine})`
            : // What a project's archive brings beside runs: all of the project's is looked at.
              '? IS NOT NULL';
      return {
        sql: `SELECT DISTINCT ${column} AS digest FROM ${name} WHERE ${whose} AND ${column} NOT IN (SELECT digest FROM blobs) LIMIT 10`,
        params: [id],
      };
    }),
  );
  asks.push({
    sql: `SELECT DISTINCT file.value ->> 1 AS digest FROM dataset_parts JOIN datasets ON datasets.id = dataset_id AND state = 'ready',
            json_each(dataset_parts.data) AS file WHERE ? IS NOT NULL AND file.value ->> 1 NOT IN (SELECT digest FROM blobs) LIMIT 10`,
    params: [id],
  });
  const missing = (await deps.db.batch(asks)).flat().map(({ digest }) => String(digest));
  if (missing.length === 0) return;
  throw new ApiError(
    'conflict',
    `Bytes are missing that the archive's rows name: ${missing.slice(0, 10).join(', ')}.`,
    {
      hint: 'PUT /blobs/{digest} each of them, then commit again.',
      details: missing.slice(0, 10).map((digest) => ({ path: ['blobs'], message: 'is missing', value: digest })),
    },
  );
}
