import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { datasetLineage as route } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { BRIEF, briefOf } from '../lineage/brief.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { findDataset } from './find.ts';

type Reply = z.output<typeof route.response>;

/** A page of the runs that used a version, newest first, each with the versions of models made from it. Errors: not_found, invalid_request. */
export async function datasetLineage(
  deps: Deps,
  ref: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Reply> {
  const dataset = await findDataset(deps, ref);
  const after: SqlValue[] = cursor === undefined ? [] : decodeCursor(cursor, 2);
  const rows = await deps.db.all<Row & { id: string; created_at: number; models: string }>(
    `SELECT runs.created_at, (SELECT json_group_array(json_object('model', models.name, 'version', v.version))
         FROM model_versions AS v JOIN models ON models.id = v.model_id WHERE v.run = runs.id) AS models, ${BRIEF}
     WHERE runs.deleted_at IS NULL AND runs.id IN (SELECT run FROM params WHERE key = 'data.dataset' AND value = ?)
       ${cursor === undefined ? '' : 'AND (runs.created_at, runs.id) < (?, ?)'}
     ORDER BY runs.created_at DESC, runs.id DESC LIMIT ?`,
    [`${dataset.name}@${dataset.version}`, ...after, limit + 1],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    dataset,
    runs: page.map((row) => ({ ...briefOf(row), models: JSON.parse(row.models) })),
    next: rows.length > limit && last ? encodeCursor([last.created_at, last.id]) : null,
  };
}
