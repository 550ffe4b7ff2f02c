import type { Deps } from '../deps.ts';
import { fieldOf, type Index, type Scope, type Sql } from './fields.ts';
import type { Comparison, Expression } from './parse.ts';

/** Of a filter's comparisons, the first are tried. */
const MOST_TRIED = 6;

/** Sets of runs by their ids as `run`, of comparisons of a filter. Each holds every run that the filter finds, and maybe more. */
export function candidateSets(expression: Expression, scope: Scope): Sql[] {
  const terms = conjuncts(expression).flatMap((term) => boundOf(term, scope) ?? []);
  return paired(terms).map(candidates).slice(0, MOST_TRIED);
}

/** The smallest of sets, and its size, if that is below a limit: counting stops there. */
export async function smallest(
  { db }: Pick<Deps, 'db'>,
  sets: readonly Sql[],
  limit: number,
): Promise<{ set: Sql; size: number } | null> {
  if (sets.length === 0) return null;
  const counts = await db.batch(
    sets.map(({ sql, params }) => ({ sql: `SELECT COUNT(*) AS n FROM (${sql} LIMIT ${limit})`, params })),
  );
  const sizes = counts.map(([row]) => Number(row!.n));
  const size = Math.min(...sizes);
  return size < limit ? { set: sets[sizes.indexOf(size)]!, size } : null;
}

const conjuncts = (expression: Expression): readonly Expression[] =>
  expression.kind === 'and' ? expression.terms.flatMap(conjuncts) : [expression];

/** Whether the filter finds only runs that have the index's value: it compares with it. */
export const requires = (expression: Expression, { table, column, key }: Index, scope: Scope): boolean =>
  conjuncts(expression).some((term) => {
    const index = term.kind === 'compare' || term.kind === 'in' ? fieldOf(term.field, scope).index : undefined;
    return index?.table === table && index.column === column && index.key === key;
  });

/** What a comparison with an index's column says of its values. */
interface Bound {
  readonly index: Index;
  readonly operator: Exclude<Comparison, '!='>;
  /** A number also where a param is compared with a text that may be written as one. */
  readonly value: string | number;
}

/** Null where the field has no index, or it would leave nearly all. */
function boundOf(term: Expression, scope: Scope): Bound | null {
  if (term.kind !== 'compare' || term.operator === '!=') return null;
  const { index } = fieldOf(term.field, scope);
  const { value } = term.value;
  if (!index || typeof value === 'boolean') return null;
  if (index.table === 'metric_series' && typeof value !== 'number') return null;
  const number = index.table === 'tags' ? Number.NaN : Number(value);
  return { index, operator: term.operator, value: Number.isFinite(number) ? number : value };
}

/**
 * The two ends of a range, `between` too, are one piece of an index: either alone may be most of it. An end that is a number says nothing
 * of texts, so it makes no pair with one that is a text.
 */
function paired(bounds: readonly Bound[]): (readonly [Bound] | readonly [Bound, Bound])[] {
  const rest = [...bounds];
  const pairs: (readonly [Bound] | readonly [Bound, Bound])[] = [];
  for (let one = rest.shift(); one; one = rest.shift()) {
    const { index, operator, value } = one;
    const other = rest.findIndex(
      (two) =>
        two.index.table === index.table &&
        two.index.column === index.column &&
        two.index.key === index.key &&
        two.operator[0] !== operator[0] &&
        typeof two.value === typeof value,
    );
    pairs.push(other < 0 ? [one] : [one, rest.splice(other, 1)[0]!]);
  }
  return pairs;
}

/**
 * Numbers as they stand in the index; texts may be written as numbers, or stand for ±Infinity, and sort behind every number, so each of them
 * is looked at too, as is each live run. The branches hold no run twice.
 */
function candidates(bounds: readonly [Bound] | readonly [Bound, Bound]): Sql {
  const { table, column, key } = bounds[0].index;
  const params = bounds.map(({ value }) => value);
  const range = bounds.map(({ operator }) => ` AND ${column} ${operator} ?`).join('');
  const matching = `SELECT run FROM ${table} WHERE key = ?${range}`;
  if (typeof params[0] === 'string') return { sql: matching, params: [key, ...params] };
  // Without an upper end they are in the piece already.
  const open = bounds.every(({ operator }) => operator.startsWith('>'));
  const texts = open ? '' : ` UNION ALL SELECT run FROM ${table} WHERE key = ? AND ${column} >= ''`;
  const live = table === 'metric_series' ? ' UNION ALL SELECT run FROM live' : '';
  return { sql: `${matching}${texts}${live}`, params: [key, ...params, ...(open ? [] : [key])] };
}
