import type { Database, Row, Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { listRuns as route } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { candidateSets, requires, smallest } from '../search/candidates.ts';
import { parseColumns } from '../search/columns.ts';
import { conditionOf } from '../search/condition.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import type { Sql } from '../search/fields.ts';
import { findPage } from '../search/page.ts';
import { parseFilter } from '../search/parse.ts';
import { scopeOf } from '../search/scope.ts';
import { newestFirst, parseSort, type SortKey } from '../search/sort.ts';
import { understood } from '../search/understood.ts';
import { presentRuns } from './present.ts';
import { withSparks } from './sparks.ts';
import { explainWaits } from './waits.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** Beyond this many runs each is not looked at, however long a walk gets. */
const MOST_LOOKED_AT = 50_000;
/** A statement's most parameters. */
const MOST_PARAMS = 100;

/** A page of runs by filter, sort and cursor. Errors: invalid_request, with the place in the filter or sort. */
export async function listRuns(deps: Deps, query: Query): Promise<Reply> {
  const scope = await scopeOf(deps, query.experiment, [query.filter, query.sort, query.columns]);
  const where = conditionOf(query, scope);
  const columns =
    query.columns === undefined ? undefined : understood('columns', query.columns, (text) => parseColumns(text, scope));
  const keys = understood('sort', query.sort ?? '', (text) => parseSort(text, scope));
  if (keys.length === 0) keys.push(...newestFirst(query.experiment !== undefined));
  // The id makes the order total; it follows the first key's direction, so that equal times stay newest first.
  const order: SortKey[] = [...keys, { sql: 'runs.id', params: [], descending: keys[0]!.descending, nullable: false }];
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, order.length);
  const filter = query.filter?.trim() ? understood('filter', query.filter, parseFilter) : null;
  const sets = filter === null ? [] : candidateSets(filter, scope);
  const few = (await smallest(deps, sets, deps.limits.candidates))?.set ?? null;
  const rows = await findPage((statements) => ask(deps.db, statements), {
    where,
    order,
    after,
    limit: query.limit + 1,
    few,
    walk: deps.limits.walk,
    larger: () => smallest(deps, sets, MOST_LOOKED_AT),
    valued: filter !== null && keys[0]!.index !== undefined && requires(filter, keys[0]!.index, scope),
  });
  const total = query.count ? await countRuns(deps.db, where, few) : null;
  const shown = rows.slice(0, query.limit);
  const runs = await presentRuns(
    deps.db,
    shown.map((row) => String(row.id)),
    columns,
  );
  const explained = await explainWaits(deps, runs);
  const last = shown.at(-1);
  return {
    runs: query.spark === undefined ? explained : await withSparks(deps, explained, query.spark),
    next: rows.length > query.limit && last ? encodeCursor([...keys.map((_, i) => last[`s${i}`]!), last.id!]) : null,
    total,
  };
}

function ask(db: Database, statements: readonly Statement[]): Promise<Row[][]> {
  if (statements.some(({ params = [] }) => params.length > MOST_PARAMS))
    throw invalid(['query', 'filter'], 'too much for one question: fewer comparisons, sort keys or fields of a group');
  return db.batch(statements);
}

async function countRuns(db: Database, where: Sql, few: Sql | null): Promise<number> {
  const from = few === null ? 'runs' : `(${few.sql}) AS some CROSS JOIN runs ON runs.id = some.run`;
  const params = [...(few?.params ?? []), ...where.params];
  const [[row]] = (await ask(db, [{ sql: `SELECT COUNT(*) AS n FROM ${from} WHERE ${where.sql}`, params }])) as [Row[]];
  return Number(row!.n);
}
