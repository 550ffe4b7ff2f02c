import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { listKeys as route } from '../contract/search.ts';
import type { Deps } from '../deps.ts';
import { conditionOf } from '../search/condition.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import type { Sql } from '../search/fields.ts';
import { scopeOf } from '../search/scope.ts';
import { countedKeys } from './counted-keys.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** Each run's keys with their values, of the runs in `mine`. */
const SOURCES = {
  params: "SELECT run, key, kind || ':' || COALESCE(value, '') AS value FROM mine CROSS JOIN params ON run = mine.id",
  tags: 'SELECT run, key, value FROM mine CROSS JOIN tags ON run = mine.id',
  metrics: `SELECT run, key, last AS value FROM mine CROSS JOIN metric_series ON run = mine.id
    UNION ALL SELECT live.run, json_each.key, json_extract(json_each.value, '$[1]')
      FROM mine CROSS JOIN live ON live.run = mine.id CROSS JOIN json_each(live.summary)`,
} as const;

/**
 * A page of the catalogue of keys, by name: as it is kept, or, of a filter's runs, computed from each run's keys. Errors: invalid_request,
 * with the place in the filter.
 */
export async function listKeys(deps: Deps, query: Query): Promise<Reply> {
  const { limit, filter } = query;
  const all = filter === undefined || filter.trim() === '';
  const wanted = all
    ? countedKeys(query.kind, query.experiment, part(query))
    : keysOf(query, conditionOf(query, await scopeOf(deps, query.experiment, [filter])));
  const after = query.cursor === undefined ? '' : String(decodeCursor(query.cursor, 1)[0]);
  const found = asked(wanted, query);
  const statements = [
    {
      sql: `${found.sql} SELECT * FROM found WHERE key > ? ORDER BY key LIMIT ?`,
      params: [...found.params, after, limit + 1],
    },
    ...(query.count ? [{ sql: `${found.sql} SELECT COUNT(*) AS n FROM found`, params: found.params }] : []),
  ];
  const [rows, total] = (await deps.db.batch(statements)) as [Row[], Row[]?];
  const page = rows.slice(0, limit);
  return {
    keys: page.map((row) => ({
      key: String(row.key),
      runs: Number(row.runs),
      varies: row.varies === 1,
      keys: Number(row.keys),
      leaf: row.leaf === 1,
    })),
    next: rows.length > limit ? encodeCursor([page.at(-1)!.key!]) : null,
    total: total ? Number(total[0]!.n) : null,
  };
}

/** Which keys, by their name. */
function part({ prefix = '', q = '' }: Pick<Query, 'prefix' | 'q'>): Sql {
  const terms: Sql[] = [];
  // A range, so that a run's thousands of keys are not read; no character sorts behind the last code point.
  if (prefix !== '') terms.push({ sql: 'key >= ? AND key < ? || char(1114111)', params: [prefix, prefix] });
  if (q !== '') terms.push({ sql: 'instr(lower(key), lower(?)) > 0', params: [q] });
  if (terms.length === 0) return { sql: 'TRUE', params: [] };
  return { sql: terms.map(({ sql }) => sql).join(' AND '), params: terms.flatMap(({ params }) => params) };
}

/** A WITH clause whose `own` has key, runs and varies, of the runs of a condition. */
function keysOf(query: Query, mine: Sql): Sql {
  const which = part(query);
  return {
    sql: `WITH mine AS MATERIALIZED (SELECT runs.id FROM runs WHERE ${mine.sql}),
      entries AS (SELECT * FROM (${SOURCES[query.kind]}) WHERE ${which.sql}),
      own AS (SELECT key, COUNT(*) AS runs,
          MIN(value) IS NOT MAX(value) OR COUNT(*) < (SELECT COUNT(*) FROM mine) AS varies FROM entries GROUP BY key)`,
    params: [...mine.params, ...which.params],
  };
}

/** … and whose `found` has key, runs, keys, leaf and varies: each key, or one level of their tree. */
function asked(own: Sql, { tree = false, varies = false, prefix = '' }: Query): Sql {
  const only = varies ? 'WHERE varies = 1' : '';
  if (!tree)
    return {
      sql: `${own.sql}, found AS (SELECT key, runs, 1 AS keys, 1 AS leaf, varies FROM own ${only})`,
      params: own.params,
    };
  // Where the key's next part ends: at the first separator behind the prefix.
  const params: SqlValue[] = [...own.params, prefix];
  return {
    sql: `${own.sql},
      nodes AS (SELECT *, CASE WHEN cut = 0 THEN key ELSE substr(key, 1, start + cut) END AS node
        FROM (SELECT *, CASE WHEN a = 0 OR (b > 0 AND b < a) THEN b ELSE a END AS cut
          FROM (SELECT *, instr(substr(key, start + 1), '/') AS a, instr(substr(key, start + 1), '.') AS b
            FROM (SELECT *, length(?) AS start FROM own)))),
      found AS (SELECT * FROM (SELECT node AS key, MAX(runs) AS runs, COUNT(*) AS keys, MAX(node = key) AS leaf,
        MAX(varies) AS varies FROM nodes GROUP BY node) ${only})`,
    params,
  };
}
