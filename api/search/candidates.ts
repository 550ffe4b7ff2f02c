import type { Deps } from '../deps.ts';
import { fieldOf, type Index, type Scope, type Sql } from './fields.ts';
import type { Expression } from './parse.ts';

/** Of a filter's comparisons, the first are tried. */
const MOST_TRIED = 6;

/** Sets of runs by their ids as `run`, of comparisons of a filter. Each holds every run that the filter finds, and maybe more. */
export const candidateSets = (expression: Expression, scope: Scope): Sql[] =>
  conjuncts(expression)
    .flatMap((term) => candidates(term, scope) ?? [])
    .slice(0, MOST_TRIED);

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

/** By an index of the field; null where there is none, or it would leave nearly all. */
function candidates(term: Expression, scope: Scope): Sql | null {
  if (term.kind !== 'compare' || term.operator === '!=') return null;
  const { index } = fieldOf(term.field, scope);
  const { value } = term.value;
  if (!index || typeof value === 'boolean') return null;
  const { table, column, key } = index;
  if (table === 'metric_series' && typeof value !== 'number') return null;
  const matching = `SELECT run FROM ${table} WHERE key = ? AND ${column} ${term.operator} ?`;
  const number = table === 'tags' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) return { sql: matching, params: [key, value] };
  // Texts may be written as numbers, or stand for ±Infinity; they sort behind every number. The branches hold no run twice.
  const texts = term.operator.startsWith('>')
    ? ''
    : ` UNION ALL SELECT run FROM ${table} WHERE key = ? AND ${column} >= ''`;
  const live = table === 'metric_series' ? ' UNION ALL SELECT run FROM live' : '';
  return { sql: `${matching}${texts}${live}`, params: [key, number, ...(texts === '' ? [] : [key])] };
}
