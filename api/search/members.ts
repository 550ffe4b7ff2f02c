import type { SqlValue } from '@tidemark/db/database';
import { invalid } from '../errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { type Field, fieldOf, type Scope, type Sql } from './fields.ts';
import { SearchError } from './syntax.ts';

/** A group is its fields' names, values and (where a field has kinds) kinds, in the order of its fields. */
export type GroupKey = readonly { readonly field: string; readonly value: SqlValue; readonly kind: SqlValue }[];

/** What a group's members are asked for by. Opaque to clients; not secret, and checked when it comes back. */
export const encodeMembers = (key: GroupKey): string =>
  encodeCursor(key.flatMap(({ field, value, kind }) => [field, value, kind]));

/** The columns that groups are told apart by; runs without the value are a group of their own. */
export const groupColumns = ({ sql, params, kind }: Field): readonly [Sql, Sql] => [
  { sql, params },
  kind ?? { sql: 'NULL', params: [] },
];

/** Errors: invalid_request, when it is not the `members` of a group. */
export function membersCondition(members: string, scope: Scope): Sql {
  const values = decodeCursor(members, null, 'members');
  const wrong = () =>
    invalid(['query', 'members'], 'not the members of a group', { hint: 'Use `members` of a group.' });
  if (values.length === 0 || values.length % 3 !== 0) throw wrong();
  const terms: Sql[] = [];
  for (let i = 0; i < values.length; i += 3) {
    const [field, value, kind] = values.slice(i, i + 3) as [SqlValue, SqlValue, SqlValue];
    if (typeof field !== 'string') throw wrong();
    try {
      const [column, kinds] = groupColumns(fieldOf({ at: 0, text: field }, scope));
      terms.push({ sql: `${column.sql} IS ?`, params: [...column.params, value] });
      if (kinds.sql !== 'NULL') terms.push({ sql: `${kinds.sql} IS ?`, params: [...kinds.params, kind] });
    } catch (error) {
      if (error instanceof SearchError) throw wrong();
      throw error;
    }
  }
  return { sql: terms.map(({ sql }) => sql).join(' AND '), params: terms.flatMap(({ params }) => params) };
}
