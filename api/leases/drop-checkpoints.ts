import type { Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import { pins, references } from '../blobs/references.ts';

/**
 * Deletes the run's checkpoints that its config does not keep: `checkpoint.keep` of best by the monitor, last by step, and every so many
 * epochs; without it the best and the two newest, of which the second is what a corrupt newest falls back to. The newest and the one
 * marked as best always stay, and so does one that a model's version or another run means.
 * @param when what must hold of `live`
 */
export function dropCheckpoints(run: string, when: Condition): Statement {
  const pinned = pins.map((name) => `digest NOT IN (${references[name]})`).join(' AND ');
  return {
    sql: `WITH policy AS (
      SELECT COALESCE((SELECT resolved ->> '$.checkpoint.keep.best' FROM run_documents WHERE run = runs.id), 1) AS best,
        COALESCE((SELECT resolved ->> '$.checkpoint.keep.last' FROM run_documents WHERE run = runs.id), 2) AS last,
        (SELECT resolved ->> '$.checkpoint.keep.every' FROM run_documents WHERE run = runs.id) AS every,
        monitor_key, CASE monitor_mode WHEN 'max' THEN -1 ELSE 1 END AS sign
      FROM runs WHERE id = ?
    ), valued AS (
      SELECT attempt, step, digest, epoch,
        (SELECT value * sign FROM json_each(metrics) WHERE key = policy.monitor_key) AS value,
        policy.best AS bests, policy.last AS lasts, policy.every AS every
      FROM checkpoints, policy WHERE run = ?
    ), ranked AS (
      SELECT *, DENSE_RANK() OVER (ORDER BY step DESC) AS age, ROW_NUMBER() OVER (ORDER BY value IS NULL, value, step) AS place
      FROM valued
    )
    DELETE FROM checkpoints WHERE run = ? AND best = 0 AND latest = 0 AND EXISTS (SELECT 1 FROM live WHERE ${when.sql})
      AND (attempt, step, digest) IN (
        SELECT attempt, step, digest FROM ranked WHERE age > lasts AND NOT (value IS NOT NULL AND bests > 1 AND place <= bests)
          AND NOT (every IS NOT NULL AND epoch > 0 AND epoch = CAST(epoch AS INTEGER) AND CAST(epoch AS INTEGER) % every = 0))
      AND ${pinned}`,
    params: [run, run, run, ...when.params],
  };
}
