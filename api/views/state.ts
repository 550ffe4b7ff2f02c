import type { ViewState } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { parseColumns } from '../search/columns.ts';
import { compileFilter } from '../search/compile.ts';
import { splitFields } from '../search/field-list.ts';
import { fieldOf } from '../search/fields.ts';
import { parseFilter } from '../search/parse.ts';
import { parseSort } from '../search/sort.ts';
import { understood } from '../search/understood.ts';

/** A view that could not be shown is not saved. Errors: invalid_request, with the place in the text. */
export function checkState({ now }: Deps, { filter, sort, columns, by, values }: ViewState): void {
  const scope = { now: now(), directions: new Map<string, 'min' | 'max'>() };
  const check = (name: string, text: string, parse: (text: string) => unknown) =>
    understood(name, text, parse, ['state', name]);
  if (filter.trim() !== '') check('filter', filter, (text) => compileFilter(parseFilter(text), scope));
  // Groups sort by fields of their own: by how many runs they hold, or by means.
  if (by.length === 0) check('sort', sort, (text) => parseSort(text, scope));
  check('columns', columns.join(','), (text) => parseColumns(text, scope));
  const fields = (text: string) => splitFields(text, 8, 'fields').map((span) => fieldOf(span, scope));
  check('by', by.join(','), fields);
  check('values', values.join(','), fields);
}
