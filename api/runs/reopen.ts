import type { Deps } from '../deps.ts';
import { runEvent } from '../event.ts';
import { KEPT_ALIVE_MS } from '../leases/pace.ts';
import { newLeaseToken } from './id.ts';
import { touchRun } from './touch.ts';

/**
 * A script's run that was given up as lost, and whose script is heard again, goes on: as a new attempt, which begins where the lost one
 * ended and hides nothing of it. Any other end is final; then nothing is written. Answers whether it was reopened.
 */
export async function reopenLost(deps: Deps, run: string, actor: string): Promise<boolean> {
  const now = deps.now();
  const lost = "runs.id = ? AND runs.status = 'failed' AND runs.error_code = 'lost' AND runs.origin = 'sdk'";
  const live = { sql: 'live.run = ? AND live.token = ?', params: [run, newLeaseToken(deps.rng)] };
  const opened = `EXISTS (SELECT 1 FROM live WHERE ${live.sql})`;
  const results = await deps.db.batch([
    {
      // Every point logged so far stays visible: no step lies beyond the new attempt's.
      sql: `INSERT INTO attempts (run, attempt, token, started_at, resume_step)
            SELECT id, attempt + 1, ?, ?, ${Number.MAX_SAFE_INTEGER} FROM runs WHERE ${lost}`,
      params: [live.params[1]!, now, run],
    },
    {
      sql: `INSERT INTO live (run, attempt, token, leased, expires, touched_at, acked, next_line, console_size, progress, summary)
            SELECT id, attempt + 1, ?, 0, ?, ?,
              COALESCE((SELECT acked FROM attempts AS last WHERE last.run = runs.id AND last.attempt = runs.attempt), 0),
              COALESCE((SELECT first + count FROM console_chunks AS c WHERE c.run = runs.id ORDER BY first DESC LIMIT 1), 1),
              COALESCE((SELECT SUM(size) FROM console_chunks AS c WHERE c.run = runs.id), 0), progress,
              (SELECT json_group_object(key, json_array(count, last, last_step, min, min_step, max, max_step))
               FROM metric_series AS s WHERE s.run = runs.id)
            FROM runs WHERE ${lost}`,
      params: [live.params[1]!, now + KEPT_ALIVE_MS, now, run],
    },
    { sql: `DELETE FROM metric_series WHERE run = ? AND ${opened}`, params: [run, ...live.params] },
    {
      sql: `UPDATE runs SET status = 'running', attempt = attempt + 1, ended_at = NULL, error_code = NULL, error_message = NULL
            WHERE id = ? AND ${opened} RETURNING id`,
      params: [run, ...live.params],
    },
    runEvent(run, { at: now, actor, type: 'reopened' }, live),
  ]);
  if (results[3]!.length === 0) return false;
  deps.schedule(now + KEPT_ALIVE_MS);
  touchRun(deps, run);
  return true;
}
