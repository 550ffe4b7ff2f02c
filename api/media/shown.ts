import type { SqlValue, Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { selectAttempts, spansOf } from '../metrics/visible.ts';

/** Which of a run's media: SQL conditions on `media` with their parameters. */
export interface Which {
  readonly where: string;
  readonly params: readonly SqlValue[];
  /** Of what is shown at a key and step, this type only. */
  readonly type?: string | undefined;
}

/**
 * The run's visible media as a common table `shown`, to go in front of a SELECT: as of points, an attempt's media are visible up to the
 * smallest resume_step of later attempts; at one key and step the newest attempt's counts.
 */
export async function shownMedia(deps: Deps, run: string, { where, params, type }: Which): Promise<Statement> {
  const { sql, params: runs = [] } = selectAttempts([run]);
  const spans = (spansOf(await deps.db.all(sql, runs)).get(run) ?? []).map(({ attempt, upTo }) => [
    attempt,
    Number.isFinite(upTo) ? upTo : upTo > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER,
  ]);
  // SQLite takes the other columns from the row that has the maximum.
  return {
    sql: `WITH shown AS (
            SELECT key, step, MAX(attempt) AS attempt, id, type, time, size FROM media
            WHERE run = ? AND EXISTS (SELECT 1 FROM json_each(?) AS span
              WHERE span.value ->> 0 = media.attempt AND media.step <= span.value ->> 1) ${where}
            GROUP BY key, step ${type === undefined ? '' : 'HAVING type = ?'})`,
    params: [run, JSON.stringify(spans), ...params, ...(type === undefined ? [] : [type])],
  };
}
