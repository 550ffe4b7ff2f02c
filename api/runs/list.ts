import type { Row, SqlValue, Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { listRuns as route } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { compileFilter, type Sql } from '../search/compile.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { parseFilter } from '../search/parse.ts';
import { newestFirst, parseSort, type SortKey } from '../search/sort.ts';
import { SearchError } from '../search/syntax.ts';
import { presentRuns } from './present.ts';
import { explainWaits } from './waits.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** A page of runs by filter, sort and cursor. Errors: invalid_request, with the place in the filter or sort. */
export async function listRuns(deps: Deps, query: Query): Promise<Reply> {
  const where = conditionOf(query);
  const keys = [...parsed('sort', query.sort ?? '', parseSort)];
  if (keys.length === 0) keys.push(...newestFirst(query.experiment !== undefined));
  // The id makes the order total; it follows the first key's direction, so that equal times stay newest first.
  const order: SortKey[] = [...keys, { sql: 'runs.id', params: [], descending: keys[0]!.descending, nullable: false }];
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, order.length);
  const statements: Statement[] = [page(where, order, after, query.limit + 1)];
  if (query.count) statements.push({ sql: `SELECT COUNT(*) AS n FROM runs WHERE ${where.sql}`, params: where.params });
  const [rows, total] = (await deps.db.batch(statements)) as [Row[], Row[]?];
  const shown = rows.slice(0, query.limit);
  const runs = await presentRuns(
    deps.db,
    shown.map((row) => String(row.id)),
  );
  const last = shown.at(-1);
  return {
    runs: await explainWaits(deps, runs),
    next: rows.length > query.limit && last ? encodeCursor([...keys.map((_, i) => last[`s${i}`]!), last.id!]) : null,
    total: total ? Number(total[0]!.n) : null,
  };
}

function conditionOf(query: Query): Sql {
  const terms: Sql[] = [{ sql: query.deleted ? 'runs.deleted_at IS NOT NULL' : 'runs.deleted_at IS NULL', params: [] }];
  if (query.experiment !== undefined) terms.push({ sql: 'runs.experiment_id = ?', params: [query.experiment] });
  if (query.ordinal !== undefined) terms.push({ sql: 'runs.ordinal = ?', params: [query.ordinal] });
  if (query.idTail !== undefined) {
    terms.push({ sql: 'substr(runs.id, ?) = ?', params: [-query.idTail.length, query.idTail] });
  }
  if (query.filter !== undefined && query.filter.trim() !== '') {
    terms.push(parsed('filter', query.filter, (text) => compileFilter(parseFilter(text))));
  }
  return { sql: terms.map(({ sql }) => sql).join(' AND '), params: terms.flatMap(({ params }) => params) };
}

function page(where: Sql, order: readonly SortKey[], after: readonly SqlValue[] | null, limit: number): Statement {
  const columns = order.map(({ sql }, i) => `${sql} AS s${i}`).join(', ');
  const by = order.map(({ descending, nullable }, i) => {
    const direction = `s${i} ${descending ? 'DESC' : 'ASC'}`;
    return nullable ? `s${i} IS NULL, ${direction}` : direction;
  });
  const keyset = after === null ? '' : `WHERE ${beyond(order, after)}`;
  // A value looked up in another table is looked up once; a column of the run keeps its index.
  const once = order.some(({ nullable }) => nullable) ? 'MATERIALIZED' : 'NOT MATERIALIZED';
  return {
    sql: `WITH found AS ${once} (SELECT runs.id, ${columns} FROM runs WHERE ${where.sql})
          SELECT * FROM found ${keyset} ORDER BY ${by.join(', ')} LIMIT ?`,
    params: [...order.flatMap(({ params }) => params), ...where.params, ...(after ? beyondParams(after) : []), limit],
  };
}

/** Rows after the cursor's: equal in the keys before one, and beyond in that one. Nothing is beyond a missing value. */
function beyond(order: readonly SortKey[], after: readonly SqlValue[]): string {
  const terms = order.map(({ descending, nullable }, i) => {
    const equal = order.slice(0, i).map((_, j) => `s${j} IS ?`);
    const further = `s${i} ${descending ? '<' : '>'} ?`;
    const next = after[i] === null ? '(0 AND ? IS NULL)' : nullable ? `(${further} OR s${i} IS NULL)` : further;
    return `(${[...equal, next].join(' AND ')})`;
  });
  return terms.join(' OR ');
}

const beyondParams = (after: readonly SqlValue[]): SqlValue[] => after.flatMap((_, i) => after.slice(0, i + 1));

/** Runs a parser over a query parameter; what it cannot understand is told with its place. */
function parsed<T>(name: 'filter' | 'sort', text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    const { span, message, allowed } = error;
    const column = span.at + 1;
    throw new ApiError('invalid_request', `${name}, character ${column}: ${message}`, {
      details: [
        {
          path: ['query', name],
          message,
          value: span.text,
          line: 1,
          column,
          ...(allowed === undefined ? {} : { allowed }),
        },
      ],
    });
  }
}
