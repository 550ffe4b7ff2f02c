import type { SqlValue } from '@tidemark/db/database';
import { describe } from '@tidemark/training/statistics/describe';
import type * as z from 'zod';
import type { RunGroup, groupRuns as route } from '../contract/search.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { conditionOf } from '../search/condition.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { INFINITE, type Scope } from '../search/fields.ts';
import { type GroupSort, type Named, parseBy, parseGroupSort, parseValues } from '../search/grouping.ts';
import { encodeMembers, type GroupKey, groupColumns } from '../search/members.ts';
import { comparison } from '../search/order.ts';
import { scopeOf } from '../search/scope.ts';
import { understood } from '../search/understood.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** Numbers that one statement answers with: as text they stay below the 2 MB that a row may have. */
const NUMBERS_AT_ONCE = 40_000;

interface Group {
  readonly key: GroupKey;
  readonly members: string;
  readonly statuses: Map<string, number>;
  readonly values: number[][];
  /** When it was registered, its number and its id, as a text that sorts so. */
  oldest: string;
  runs: number;
}

/**
 * Runs in groups of equal fields, with statistics of others. Groups are computed whole for every page, which the cursor then goes on in by
 * sort values. Errors: invalid_request, with the place in the text.
 */
export async function groupRuns(deps: Deps, query: Query): Promise<Reply> {
  const scope = await scopeOf(deps, query.experiment, [query.filter, query.by, query.values]);
  const by = understood('by', query.by, (text) => parseBy(text, scope));
  if (by.length === 0) throw invalid(['query', 'by'], 'a field is needed', { hint: 'by=params.optimizer.name' });
  const values = understood('values', query.values ?? '', (text) => parseValues(text, scope));
  const order = understood('sort', query.sort ?? '-runs', (text) => parseGroupSort(text, by, values));
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, order.length + 1);
  const groups = [...(await collect(deps, query, scope, by, values))].map((group) => {
    const shown = present(group, values, query.quantiles);
    return { shown, place: [...order.map((sort) => placed(sort, group, shown)), shown.members] };
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

function placed(sort: GroupSort, { key, runs }: Group, shown: RunGroup): SqlValue {
  if (sort.of === 'runs') return runs;
  return sort.of === 'by' ? key[sort.index]!.value : (shown.values[sort.name]?.mean ?? null);
}

async function collect(
  deps: Deps,
  query: Query,
  scope: Scope,
  by: readonly Named[],
  values: readonly Named[],
): Promise<Iterable<Group>> {
  const where = conditionOf(query, scope);
  const keys = by.flatMap(({ field }) => groupColumns(field));
  const numbers = values.map(({ field }) => (field.type === null ? field.typed('number') : field));
  // In pieces, along an index that gives their order: of one experiment by number, of all by id.
  const along = query.experiment === undefined ? 'id' : 'ordinal';
  const pieces = Math.floor(NUMBERS_AT_ONCE / Math.max(1, values.length));
  const names = keys.map((_, i) => `k${i}`).join(', ');
  // A row that reaches JavaScript costs more than all of its look-ups, so a group's numbers come as one text: 17 digits are a float64.
  const sql = `SELECT ${names}, status, COUNT(*), MIN(age), MAX(place)
      ${numbers.map((_, i) => `, group_concat(CASE WHEN typeof(v${i}) IN ('integer', 'real') THEN printf('%!.17g', v${i}) END)`).join('')}
    FROM (SELECT ${[...keys.map((one, i) => `${one.sql} AS k${i}`), ...numbers.map((one, i) => `${one.sql} AS v${i}`)].join(', ')},
        runs.status AS status, runs.${along} AS place,
        printf('%016d %016d ', runs.created_at, runs.ordinal) || runs.id AS age
      FROM runs WHERE ${where.sql} AND runs.${along} > ? ORDER BY runs.${along} LIMIT ${pieces})
    GROUP BY ${names}, status`;
  const fixed = [...[...keys, ...numbers].flatMap(({ params }) => params), ...where.params];
  if (fixed.length > 98) throw invalid(['query', 'filter'], 'too much for one question: fewer comparisons or fields');
  const groups = new Map<string, Group>();
  for (let last: SqlValue = along === 'id' ? '' : -1; ; ) {
    const rows = await deps.db.values(sql, [...fixed, last]);
    let runs = 0;
    for (const row of rows) {
      const { count, place } = add(groups, row, by, values);
      runs += count;
      if (place! > last!) last = place;
    }
    if (runs < pieces) return groups.values();
  }
}

/** A row is a part of a group: those of one state. */
function add(
  groups: Map<string, Group>,
  row: readonly SqlValue[],
  by: readonly Named[],
  values: readonly Named[],
): { count: number; place: SqlValue } {
  const width = 2 * by.length;
  const [status, count, age, place] = row.slice(width) as [string, number, string, SqlValue];
  const same = JSON.stringify(row.slice(0, width));
  let group = groups.get(same);
  if (!group) {
    const key = by.map(({ text }, i) => ({ field: text, value: row[2 * i]!, kind: row[2 * i + 1]! }));
    const none = values.map((): number[] => []);
    group = { key, members: encodeMembers(key), statuses: new Map(), values: none, oldest: age, runs: 0 };
    groups.set(same, group);
  }
  group.runs += count;
  group.statuses.set(status, (group.statuses.get(status) ?? 0) + count);
  if (age < group.oldest) group.oldest = age;
  for (const [i, list] of group.values.entries()) {
    const text = row[width + 4 + i];
    if (text === null || text === undefined) continue;
    for (const part of String(text).split(',')) {
      const value = Number(part);
      if (Math.abs(value) < INFINITE) list.push(value);
    }
  }
  return { count, place };
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
    oldest: { id: oldest.slice(34), ordinal: Number(oldest.slice(17, 33)) },
    members,
  };
}
