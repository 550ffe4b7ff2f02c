import type { SqlValue } from '@tidemark/db/database';

/**
 * The part of an UPDATE of `live` that notes progress: a metric of the run's own was logged, or its worker's step or epoch is another than
 * before. A hung trainer whose supervisor still sends heartbeats and `system/…` makes none.
 */
export const noteProgress = (
  logged: boolean,
  progress: string | null,
  now: number,
): { sql: string; params: SqlValue[] } => ({
  sql: `progress_at = CASE WHEN ? = 1 OR (? ->> '$.step' IS NOT progress ->> '$.step' AND ? IS NOT NULL)
    OR (? ->> '$.epoch' IS NOT progress ->> '$.epoch' AND ? IS NOT NULL) THEN ? ELSE progress_at END`,
  params: [logged ? 1 : 0, progress, progress, progress, progress, now],
});

/** Whether any of a batch's series is a metric of the run's own. */
export const isProgress = (series: readonly { readonly key: string; readonly values: readonly unknown[] }[]): boolean =>
  series.some(({ key, values }) => !key.startsWith('system/') && values.length > 0);
