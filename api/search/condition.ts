import { COMING_IN } from '../archive/coming-in.ts';
import { compileFilter } from './compile.ts';
import type { Scope, Sql } from './fields.ts';
import { membersCondition } from './members.ts';
import { parseFilter } from './parse.ts';
import { understood } from './understood.ts';

/** Which runs a request is about. */
export interface Selection {
  readonly experiment?: number | undefined;
  readonly ordinal?: number | undefined;
  readonly idTail?: string | undefined;
  readonly filter?: string | undefined;
  readonly members?: string | undefined;
  readonly deleted?: boolean | undefined;
}

/** A selection as a condition on `runs`. Errors: invalid_request, with the place in the filter. */
export function conditionOf(selection: Selection, scope: Scope): Sql {
  const { experiment, ordinal, idTail, filter, members, deleted } = selection;
  const terms: Sql[] = [
    { sql: deleted ? `runs.deleted_at IS NOT NULL AND NOT ${COMING_IN}` : 'runs.deleted_at IS NULL', params: [] },
  ];
  if (experiment !== undefined) terms.push({ sql: 'runs.experiment_id = ?', params: [experiment] });
  if (ordinal !== undefined) terms.push({ sql: 'runs.ordinal = ?', params: [ordinal] });
  if (idTail !== undefined) terms.push({ sql: 'substr(runs.id, ?) = ?', params: [-idTail.length, idTail] });
  if (filter !== undefined && filter.trim() !== '') {
    terms.push(understood('filter', filter, (text) => compileFilter(parseFilter(text), scope)));
  }
  if (members !== undefined) terms.push(membersCondition(members, scope));
  return { sql: terms.map(({ sql }) => sql).join(' AND '), params: terms.flatMap(({ params }) => params) };
}
