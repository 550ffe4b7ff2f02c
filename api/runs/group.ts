import type { SqlValue } from '@tidemark/db/database';
import { describe } from '@tidemark/training/statistics/describe';
import type * as z from 'zod';
import type { RunGroup, groupRuns as route } from '../contract/search.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { conditionOf } from '../search/condition.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { splitFields } from '../search/field-list.ts';
import { type Field, fieldOf, type Scope } from '../search/fields.ts';
import { encodeMembers, type GroupKey, groupColumns } from '../search/members.ts';
import { comparison } from '../search/order.ts';
import { scopeOf } from '../search/scope.ts';
import { SearchError } from '../search/syntax.ts';
import { understood } from '../search/understood.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

const MOST_BY = 4;
const MOST_VALUES = 8;
/** Rows that are in memory at a time: only the numbers are kept of them. */
const ROWS_AT_ONCE = 5000;
/** What stands for ±Infinity in SQL, and is no value of a statistic. */
const INFINITE = Number.MAX_VALUE;

interface Named {
  readonly text: string;
  readonly field: Field;
}

interface Group {
  readonly key: GroupKey;
  readonly members: string;
  readonly statuses: Map<string, number>;
  readonly values: number[][];
  oldest: { id: string; ordinal: number; at: number };
  runs: number;
}

/**
 * Runs in groups of equal fields, with statistics of others. Groups are computed whole for every page, which the cursor then goes on in by
 * sort values. Errors: invalid_request, with the place in the text.
 */
export async function groupRuns(deps: Deps, query: Query): Promise<Reply> {
  const scope = await scopeOf(deps, query.experiment, [query.filter, query.by, query.values]);
  const by = understood('by', query.by, (text) => named(text, MOST_BY, scope));
  if (by.length === 0) throw invalid(['query', 'by'], 'a field is needed', { hint: 'by=params.optimizer.name' });
  const values = understood('values', query.values ?? '', (text) => numbers(text, scope));
  const order = understood('sort', query.sort ?? '-runs', (text) => orderOf(text, by, values));
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, order.length + 1);
  const groups = [...(await collect(deps, query, scope, by, values))].map((group) => {
    const shown = present(group, values, query.quantiles);
    return { shown, place: [...order.map(({ of }) => of(group, shown)), shown.members] };
  });
  const compare = comparison(order.map(({ descending }) => descending));
  groups.sort((a, b) => compare(a.place, b.place));
  const rest = after === null ? groups : groups.filter(({ place }) => compare(place, after) > 0);
  const page = rest.slice(0, query.limit);
  return {
    groups: page.map(({ shown }) => shown),
    next: rest.length > page.length ? encodeCursor(page.at(-1)!.place) : null,
    total: groups.length,
  };
}

const named = (text: string, most: number, scope: Scope): Named[] =>
  splitFields(text, most, 'fields').map((span) => ({ text: span.text, field: fieldOf(span, scope) }));

function numbers(text: string, scope: Scope): Named[] {
  return splitFields(text, MOST_VALUES, 'fields').map((span) => {
    const field = fieldOf(span, scope);
    if (field.type !== null && field.type !== 'number' && field.type !== 'duration')
      throw new SearchError(span, `${span.text} is not a number`, 'metrics.KEY, params.KEY, duration, age');
    return { text: span.text, field };
  });
}

interface Order {
  readonly descending: boolean;
  readonly of: (group: Group, shown: RunGroup) => SqlValue;
}

function orderOf(text: string, by: readonly Named[], values: readonly Named[]): Order[] {
  return splitFields(text, MOST_BY, 'sort keys').map((span): Order => {
    const descending = span.text.startsWith('-');
    const name = descending ? span.text.slice(1) : span.text;
    if (name === 'runs') return { descending, of: ({ runs }) => runs };
    const index = by.findIndex((one) => one.text === name);
    if (index >= 0) return { descending, of: ({ key }) => key[index]!.value };
    if (values.some((one) => one.text === name))
      return { descending, of: (_, shown) => shown.values[name]?.mean ?? null };
    throw new SearchError(
      span,
      `groups have no ${name}`,
      ['runs', ...by.map((b) => b.text), ...values.map((v) => v.text)].join(', '),
    );
  });
}

async function collect(
  deps: Deps,
  query: Query,
  scope: Scope,
  by: readonly Named[],
  values: readonly Named[],
): Promise<Iterable<Group>> {
  const where = conditionOf(query, scope);
  const columns = [
    ...by.flatMap(({ field }) => groupColumns(field)),
    ...values.map(({ field }) => (field.type === null ? field.typed('number') : field)),
  ];
  // In pieces, along an index that gives their order: of one experiment by number, of all by id.
  const along = query.experiment === undefined ? 'id' : 'ordinal';
  const sql = `SELECT runs.id, runs.ordinal, runs.created_at, runs.status, ${columns.map((one) => one.sql).join(', ')}
    FROM runs WHERE ${where.sql} AND runs.${along} > ? ORDER BY runs.${along} LIMIT ${ROWS_AT_ONCE}`;
  const fixed = [...columns.flatMap(({ params }) => params), ...where.params];
  if (fixed.length > 98) throw invalid(['query', 'filter'], 'too much for one question: fewer comparisons or fields');
  const groups = new Map<string, Group>();
  for (let last: SqlValue = along === 'id' ? '' : -1; ; ) {
    const rows = await deps.db.values(sql, [...fixed, last]);
    for (const row of rows) add(groups, row, by, values);
    if (rows.length < ROWS_AT_ONCE) return groups.values();
    last = rows.at(-1)![along === 'id' ? 0 : 1]!;
  }
}

function add(
  groups: Map<string, Group>,
  row: readonly SqlValue[],
  by: readonly Named[],
  values: readonly Named[],
): void {
  const [id, ordinal, at, status] = row as [string, number, number, string];
  const same = JSON.stringify(row.slice(4, 4 + 2 * by.length));
  let group = groups.get(same);
  if (!group) {
    const key = by.map(({ text }, i) => ({ field: text, value: row[4 + 2 * i]!, kind: row[5 + 2 * i]! }));
    const none = values.map((): number[] => []);
    const oldest = { id, ordinal, at };
    group = { key, members: encodeMembers(key), statuses: new Map(), values: none, oldest, runs: 0 };
    groups.set(same, group);
  }
  group.runs++;
  group.statuses.set(status, (group.statuses.get(status) ?? 0) + 1);
  const { oldest } = group;
  if (
    at < oldest.at ||
    (at === oldest.at && (ordinal < oldest.ordinal || (ordinal === oldest.ordinal && id < oldest.id)))
  )
    group.oldest = { id, ordinal, at };
  for (const [i, list] of group.values.entries()) {
    const value = row[4 + 2 * by.length + i];
    if (typeof value === 'number' && Math.abs(value) < INFINITE) list.push(value);
  }
}

function present(
  { key, members, statuses, values, oldest, runs }: Group,
  named: readonly Named[],
  quantiles: readonly number[],
): RunGroup {
  return {
    by: key.map(({ value, kind }) => (kind === 'boolean' ? value === 1 : (value as string | number | null))),
    runs,
    byStatus: Object.fromEntries(statuses),
    values: Object.fromEntries(
      named.map(({ text }, i) => {
        const found = describe(values[i]!, quantiles);
        return [
          text,
          found && { ...found, interval: found.interval && [...found.interval], quantiles: [...found.quantiles] },
        ];
      }),
    ),
    oldest: { id: oldest.id, ordinal: oldest.ordinal },
    members,
  };
}
