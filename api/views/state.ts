import type { ViewState } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { parseColumns } from '../search/columns.ts';
import { compileFilter } from '../search/compile.ts';
import { parseBy, parseGroupSort, parseValues } from '../search/grouping.ts';
import { parseFilter } from '../search/parse.ts';
import { parseSort } from '../search/sort.ts';
import { understood } from '../search/understood.ts';

/** A view that could not be shown is not saved. Errors: invalid_request, with the place in the text. */
export function checkState({ now }: Deps, { filter, sort, columns, by, values }: ViewState): void {
  const scope = { now: now(), directions: new Map<string, 'min' | 'max'>() };
  const check = <T>(name: string, text: string, parse: (text: string) => T): T =>
    understood(name, text, parse, ['state', name]);
  if (filter.trim() !== '') check('filter', filter, (text) => compileFilter(parseFilter(text), scope));
  check('columns', columns.join(','), (text) => parseColumns(text, scope));
  const groups = check('by', by.join(','), (text) => parseBy(text, scope));
  const means = check('values', values.join(','), (text) => parseValues(text, scope));
  // Groups sort by fields of their own: by how many runs they hold, or by means.
  check('sort', sort, (text) => (groups.length > 0 ? parseGroupSort(text, groups, means) : parseSort(text, scope)));
}
