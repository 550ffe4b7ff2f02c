import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { replayAlert as route } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { BRIEF, briefOf } from '../lineage/brief.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { findAlert } from './find.ts';
import { replayRun } from './replay-run.ts';

type Reply = z.output<typeof route.response>;

/** Where an alert's rule, or another one in its place, would have fired in a page of past runs. Errors: not_found, invalid_request. */
export async function replayAlert(
  deps: Deps,
  id: number,
  { rule, limit, cursor }: z.output<typeof route.body>,
): Promise<Reply> {
  const alert = await findAlert(deps, id);
  const conditions = ["runs.deleted_at IS NULL AND runs.status <> 'queued'"];
  const params: SqlValue[] = [];
  const only = (sql: string, ...values: SqlValue[]): void => {
    conditions.push(sql);
    params.push(...values);
  };
  if (alert.run !== null) only('runs.id = ?', alert.run);
  if (alert.experiment !== null) only('runs.experiment_id = ?', alert.experiment.id);
  if (cursor !== undefined) only('(runs.created_at, runs.id) < (?, ?)', ...decodeCursor(cursor, 2));
  const rows = await deps.db.all<Row & { id: string; created_at: number }>(
    `SELECT runs.created_at, ${BRIEF} WHERE ${conditions.join(' AND ')} ORDER BY runs.created_at DESC, runs.id DESC LIMIT ?`,
    [...params, limit + 1],
  );
  const page = rows.slice(0, limit);
  const runs: Reply['runs'] = [];
  for (const row of page) {
    const firings = await replayRun(deps, row.id, {
      rule: rule ?? alert.rule,
      cooldownMinutes: alert.cooldownMinutes,
    });
    if (firings.length > 0) runs.push({ ...briefOf(row), firings });
  }
  const last = page.at(-1);
  return {
    looked: page.length,
    runs,
    next: rows.length > limit && last ? encodeCursor([last.created_at, last.id]) : null,
  };
}
