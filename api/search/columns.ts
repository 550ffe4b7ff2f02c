import { splitFields } from './field-list.ts';
import { fieldKey, fieldOf, metricPart, type Scope } from './fields.ts';

const MOST_COLUMNS = 200;

/** The keys of a run that a table asks for. */
export interface Columns {
  readonly params: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
}

/** `name,params.lr,metrics.loss.min,tags.team`: attributes are in every run anyway. Errors: SearchError. */
export function parseColumns(text: string, scope: Scope): Columns {
  const columns = { params: new Set<string>(), metrics: new Set<string>(), tags: new Set<string>() };
  for (const span of splitFields(text, MOST_COLUMNS, 'columns')) {
    fieldOf(span, scope);
    const { group, key } = fieldKey(span);
    if (group === 'metrics') columns.metrics.add(metricPart(key, span, scope).name);
    else if (group !== '') columns[group].add(key);
  }
  return columns;
}
