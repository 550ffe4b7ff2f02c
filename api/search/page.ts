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
  const compare = comparison(order.map(({ descending }) => descending));
  const place = (row: Row) => order.map((_, i) => row[`s${i}`]!);
  const valued = after !== null && after[0] === null ? [] : await ask(walks(page, index));
  const found = valued
    .flat()
    .sort((a, b) => compare(place(a), place(b)))
    .slice(0, limit);
  if (found.length === limit || page.valued) return found;
  // Those without the value come last; only now must they be looked for.
  const rest = { ...page, after: after?.[0] === null ? after : null, limit: limit - found.length };
  const [missing] = await ask([statement(rest, { only: 's0 IS NULL' })]);
  return [...found, ...missing!];
}

/** Runs that have the first key's value: along its index, and apart those whose values the index does not have as numbers. */
function walks(page: PageOf, { table, column, key }: Index): Statement[] {
  const { where, order, after } = page;
  const [first, ...others] = order;
  const further = first!.descending ? '<=' : '>=';
  const bounds: Sql[] = [{ sql: 'walk.key = ?', params: [key] }];
  bounds.push({ sql: `walk.${column} ${table === 'metric_series' ? "< ''" : 'IS NOT NULL'}`, params: [] });
  if (after) bounds.push({ sql: `walk.${column} ${further} ?`, params: [after[0]!] });
  const along: PageOf = {
    ...page,
    where: {
      sql: [...bounds.map(({ sql }) => sql), where.sql].join(' AND '),
      params: [...bounds.flatMap(({ params }) => params), ...where.params],
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
