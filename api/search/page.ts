import type { Row, SqlValue, Statement } from '@tidemark/db/database';
import type { Index, Sql } from './fields.ts';
import { comparison } from './order.ts';
import type { SortKey } from './sort.ts';

/** Which runs, in which order (the last key makes it total), after which place, and how many. */
export interface PageOf {
  readonly where: Sql;
  readonly order: readonly SortKey[];
  readonly after: readonly SqlValue[] | null;
  readonly limit: number;
  /** Few runs that hold all of the answer. */
  readonly few: Sql | null;
  /** How many entries of an index to walk before `larger` is asked for. */
  readonly walk: number;
  /** A larger set that holds all of the answer, and its size. */
  readonly larger: () => Promise<{ set: Sql; size: number } | null>;
  /** Whether each run of it has the first key's value. */
  readonly valued: boolean;
}

export type Ask = (statements: readonly Statement[]) => Promise<Row[][]>;

/** Rows of `id` and the sort values `s0`, `s1`, … */
export async function findPage(ask: Ask, page: PageOf): Promise<Row[]> {
  const { order, after, limit, few } = page;
  const index = order[0]!.index;
  if (few !== null) return (await ask([statement(page, { from: some(few) })]))[0]!;
  if (index === undefined) return (await ask([statement(page, {})]))[0]!;
  if (after !== null && after[0] === null) return missing(ask, page, []);
  const [begin, stop] = await reach(ask, page, index);
  const tied = begin !== undefined && begin === stop && order.length > 2 ? await tie(ask, page, index, begin) : null;
  if (tied?.length === limit) return tied;
  if (stop !== undefined) {
    const [ended, odd = []] = tied === null ? await ask(walks(page, index, stop)) : [[]];
    if (ended!.length === limit) return merged(page, [ended!, odd]);
    // So many more would have to be walked, if matches go on as they came.
    const further = ended!.length === 0 ? Number.POSITIVE_INFINITY : (page.walk * limit) / ended!.length;
    const other = further > 2 * page.walk ? await page.larger() : null;
    if (other !== null && other.size < further) return (await ask([statement(page, { from: some(other.set) })]))[0]!;
  }
  const found = merged(page, await ask(walks(page, index)));
  return found.length === limit || page.valued ? found : missing(ask, page, found);
}

/** Those without the value come last; only when a page has room left must they be looked for. */
async function missing(ask: Ask, page: PageOf, found: Row[]): Promise<Row[]> {
  const after = page.after?.[0] === null ? page.after : null;
  const rest = { ...page, after, limit: page.limit - found.length };
  const [rows] = await ask([statement(rest, { only: 's0 IS NULL' })]);
  return [...found, ...rows!];
}

function merged({ order, limit }: PageOf, lists: readonly Row[][]): Row[] {
  const compare = comparison(order.map(({ descending }) => descending));
  const place = (row: Row) => order.map((_, i) => row[`s${i}`]!);
  return lists
    .flat()
    .sort((a, b) => compare(place(a), place(b)))
    .slice(0, limit);
}

/** The first value of what is left of the index, and the one after so many entries; undefined where there is none. */
async function reach(ask: Ask, { order, after, walk }: PageOf, index: Index): Promise<(SqlValue | undefined)[]> {
  const { sql, params } = range(order[0]!, after, index);
  const at = (offset: number): Statement => ({
    sql: `SELECT ${index.column} AS value FROM ${index.table} AS walk WHERE ${sql}
          ORDER BY ${index.column} ${order[0]!.descending ? 'DESC' : 'ASC'} LIMIT 1 OFFSET ${offset}`,
    params,
  });
  const found = await ask([at(0), at(walk)]);
  return found.map(([row]) => row?.value);
}

/**
 * A page of runs that all have the same first value, in the order of the other keys: these have ways of their own, while an index of the
 * first would bring all of them to be sorted. Null where a live run comes before that value.
 */
async function tie(ask: Ask, page: PageOf, index: Index, value: SqlValue): Promise<Row[] | null> {
  const { where, order, after } = page;
  const [first, ...others] = order as [SortKey, ...SortKey[]];
  const [, odd = []] = await ask(walks(page, index).map((one, i) => (i === 0 ? { sql: 'SELECT 1' } : one)));
  const compare = comparison([first.descending]);
  if (odd.some((row) => compare([row.s0!], [value]) < 0)) return null;
  const within: PageOf = {
    ...page,
    where: { sql: `${where.sql} AND ${first.sql} IS ?`, params: [...where.params, ...first.params, value] },
    order: others,
    after: after !== null && after[0] === value ? after.slice(1) : null,
    valued: false,
    larger: async () => null,
  };
  return (await findPage(ask, within)).map(({ id, ...keys }) => ({
    id: id!,
    s0: value,
    ...Object.fromEntries(others.map((_, i) => [`s${i + 1}`, keys[`s${i}`]!])),
  }));
}

/** What is left of an index. */
function range({ descending }: SortKey, after: readonly SqlValue[] | null, { table, column, key }: Index): Sql {
  const bounds: Sql[] = [{ sql: 'walk.key = ?', params: [key] }];
  bounds.push({ sql: `walk.${column} ${table === 'metric_series' ? "< ''" : 'IS NOT NULL'}`, params: [] });
  if (after) bounds.push({ sql: `walk.${column} ${descending ? '<=' : '>='} ?`, params: [after[0]!] });
  return { sql: bounds.map(({ sql }) => sql).join(' AND '), params: bounds.flatMap(({ params }) => params) };
}

/**
 * Runs that have the first key's value: along its index, maybe up to a value, and apart those whose values the index does not have as
 * numbers.
 */
function walks(page: PageOf, index: Index, stop?: SqlValue): Statement[] {
  const { where, order, after } = page;
  const { table, column, key } = index;
  const [first, ...others] = order;
  const left = range(first!, after, index);
  const end = stop === undefined ? '' : ` AND walk.${column} ${first!.descending ? '>=' : '<='} ?`;
  const along: PageOf = {
    ...page,
    where: {
      sql: `${left.sql}${end} AND ${where.sql}`,
      params: [...left.params, ...(stop === undefined ? [] : [stop]), ...where.params],
    },
    order: [
      { sql: `walk.${column}`, params: [], descending: first!.descending, nullable: false },
      // The index goes on by run: where nothing else stands between, equal values need no sorting.
      ...others.map((key) => (key.sql === 'runs.id' ? { ...key, sql: 'walk.run' } : key)),
    ],
  };
  const statements = [
    statement(along, {
      from: { sql: `${table} AS walk CROSS JOIN runs ON runs.id = walk.run`, params: [] },
      ordered: true,
    }),
  ];
  if (table === 'metric_series') {
    const odd = `SELECT run FROM live${column === 'last' ? " UNION SELECT run FROM metric_series WHERE key = ? AND last >= ''" : ''}`;
    const from = some({ sql: odd, params: column === 'last' ? [key] : [] });
    statements.push(statement(page, { from, only: 's0 IS NOT NULL' }));
  }
  return statements;
}

const some = ({ sql, params }: Sql): Sql => ({ sql: `(${sql}) AS some CROSS JOIN runs ON runs.id = some.run`, params });

interface How {
  readonly from?: Sql;
  readonly only?: string;
  /** Rows come in the order of the first key already. */
  readonly ordered?: boolean;
}

function statement({ where, order, after, limit }: PageOf, { from, only, ordered = false }: How): Statement {
  const columns = order.map(({ sql }, i) => `${sql} AS s${i}`).join(', ');
  const by = order.map(({ descending, nullable }, i) => {
    const direction = `s${i} ${descending ? 'DESC' : 'ASC'}`;
    return nullable ? `s${i} IS NULL, ${direction}` : direction;
  });
  const terms = [...(only === undefined ? [] : [only]), ...(after === null ? [] : [`(${beyond(order, after)})`])];
  // A value looked up in another table is looked up once; a column of the run, or of the index walked, keeps its index.
  const once = !ordered && order.some(({ nullable }) => nullable) ? 'MATERIALIZED' : 'NOT MATERIALIZED';
  return {
    sql: `WITH found AS ${once} (SELECT runs.id, ${columns} FROM ${from?.sql ?? 'runs'} WHERE ${where.sql})
          SELECT * FROM found ${terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : ''} ORDER BY ${by.join(', ')} LIMIT ?`,
    params: [
      ...order.flatMap(({ params }) => params),
      ...(from?.params ?? []),
      ...where.params,
      ...(after === null ? [] : beyondParams(after)),
      limit,
    ],
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
