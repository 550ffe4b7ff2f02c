import type { SqlValue } from '@tidemark/db/database';
import { splitFields } from './field-list.ts';
import { fieldOf, type Index, type Scope } from './fields.ts';

export interface SortKey {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly descending: boolean;
  readonly nullable: boolean;
  readonly index?: Index;
}

const MOST_KEYS = 4;

/** `-metrics.val_accuracy.max,created`: keys by comma, `-` for the largest first; runs without the value come last either way. */
export const parseSort = (text: string, scope: Scope): SortKey[] =>
  splitFields(text, MOST_KEYS, 'sort keys').map(({ at, text: name }) => {
    const descending = name.startsWith('-');
    const field = fieldOf(descending ? { at: at + 1, text: name.slice(1) } : { at, text: name }, scope);
    const { sql, params } = field.order ?? field;
    return { sql, params, descending, nullable: field.nullable, ...(field.index ? { index: field.index } : {}) };
  });

const ordinal: SortKey = { sql: 'runs.ordinal', params: [], descending: true, nullable: false };
const created: SortKey = { sql: 'runs.created_at', params: [], descending: true, nullable: false };

/** Runs registered in one millisecond are in the order of their numbers; those of one experiment are so in any case. */
export const newestFirst = (ofOneExperiment: boolean): readonly SortKey[] =>
  ofOneExperiment ? [ordinal] : [created, ordinal];
