import { splitFields } from './field-list.ts';
import { type Field, fieldOf, type Scope } from './fields.ts';
import { SearchError } from './syntax.ts';

const MOST_BY = 4;
const MOST_VALUES = 8;

/** A field with its name as it was written. */
export interface Named {
  readonly text: string;
  readonly field: Field;
}

/** Fields that groups are equal in. Errors: SearchError. */
export const parseBy = (text: string, scope: Scope): Named[] =>
  splitFields(text, MOST_BY, 'fields').map((span) => ({ text: span.text, field: fieldOf(span, scope) }));

/** Fields that groups have statistics of. Errors: SearchError. */
export function parseValues(text: string, scope: Scope): Named[] {
  return splitFields(text, MOST_VALUES, 'fields').map((span) => {
    const field = fieldOf(span, scope);
    if (field.type !== null && field.type !== 'number' && field.type !== 'duration')
      throw new SearchError(span, `${span.text} is not a number`, 'metrics.KEY, params.KEY, duration, age');
    return { text: span.text, field };
  });
}

/** What groups are sorted by: how many runs they have, a field of `by`, or the mean of a field of `values`. */
export type GroupSort = { readonly descending: boolean } & (
  | { readonly of: 'runs' }
  | { readonly of: 'by'; readonly index: number }
  | { readonly of: 'value'; readonly name: string }
);

/** `-runs,params.model`. Errors: SearchError. */
export function parseGroupSort(text: string, by: readonly Named[], values: readonly Named[]): GroupSort[] {
  return splitFields(text, MOST_BY, 'sort keys').map((span): GroupSort => {
    const descending = span.text.startsWith('-');
    const name = descending ? span.text.slice(1) : span.text;
    if (name === 'runs') return { descending, of: 'runs' };
    const index = by.findIndex((one) => one.text === name);
    if (index >= 0) return { descending, of: 'by', index };
    if (values.some((one) => one.text === name)) return { descending, of: 'value', name };
    const known = ['runs', ...by.map((b) => b.text), ...values.map((v) => v.text)];
    throw new SearchError(span, `groups have no ${name}`, known.join(', '), known);
  });
}
