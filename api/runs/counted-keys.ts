import type { SqlValue } from '@tidemark/db/database';
import type { Sql } from '../search/fields.ts';
import { KEY_SOURCES, type KeyKind } from './key-sources.ts';

/**
 * A WITH clause whose `own` has key, runs and varies, of all runs (of an experiment) that are not in the trash: from the catalogue, and what
 * live runs have logged so far from their summaries. Only where the catalogue is not sure (`db/schema/keys.ts`) are values looked at.
 */
export function countedKeys(kind: KeyKind, experiment: number | undefined, which: Sql): Sql {
  const { table, kind: kinds, value } = KEY_SOURCES[kind];
  const mine: SqlValue[] = experiment === undefined ? [] : [experiment];
  const of = (owner: 'keys' | 'runs') => (experiment === undefined ? 'TRUE' : `${owner}.experiment_id = ?`);
  const sampled = (column: string) => `CASE WHEN same > 0 THEN ${column} END`;
  const counted = `SELECT key, SUM(runs) AS runs, MAX(same > 0 AND same < runs) AS differ, MAX(same = 0) AS unsure,
      MIN(${sampled('sample')}) AS low, MAX(${sampled('sample')}) AS high,
      MIN(${sampled('sample_kind')}) AS low_kind, MAX(${sampled('sample_kind')}) AS high_kind
    FROM keys WHERE kind = '${kind}' AND runs > 0 AND ${of('keys')} AND ${which.sql} GROUP BY key`;
  const values = `SELECT ${kinds} AS kind, ${value} AS value FROM ${table} AS found CROSS JOIN runs ON runs.id = found.run
    WHERE found.key = together.key AND runs.deleted_at IS NULL AND ${of('runs')}`;
  const livingRuns = `live CROSS JOIN runs ON runs.id = live.run AND runs.deleted_at IS NULL AND ${of('runs')}`;
  const [live, living, livingParams] =
    kind !== 'metrics'
      ? ['', '', []]
      : [
          ` UNION ALL SELECT key, COUNT(*), MIN(value) IS NOT MAX(value), 0, MIN(value), MAX(value), NULL, NULL
            FROM (SELECT json_each.key, json_extract(json_each.value, '$[1]') AS value
              FROM ${livingRuns} CROSS JOIN json_each(live.summary)) WHERE ${which.sql} GROUP BY key`,
          ` UNION ALL SELECT NULL, json_extract(summary, '$."' || together.key || '"[1]') AS value FROM ${livingRuns} WHERE value IS NOT NULL`,
          [...mine, ...which.params],
        ];
  return {
    sql: `WITH everybody AS MATERIALIZED (SELECT COALESCE(SUM(runs), 0) AS n FROM keys WHERE kind = 'runs' AND ${of('keys')}),
      counted AS (${counted}${live}),
      together AS (SELECT key, SUM(runs) AS runs, MAX(unsure) AS unsure, SUM(runs) < (SELECT n FROM everybody) OR MAX(differ)
          OR MIN(low) IS NOT MAX(high) OR MIN(low_kind) IS NOT MAX(high_kind) AS differ FROM counted GROUP BY key),
      own AS (SELECT key, runs, CASE WHEN differ THEN 1 WHEN unsure THEN (SELECT COUNT(*) > 1 FROM (SELECT DISTINCT kind, value
          FROM (${values}${living}) LIMIT 2)) ELSE 0 END AS varies FROM together)`,
    params: [...mine, ...mine, ...which.params, ...livingParams, ...mine, ...(kind === 'metrics' ? mine : [])],
  };
}
