import type { SqlValue } from '@tidemark/db/database';
import { fieldOf } from './fields.ts';
import { SearchError } from './syntax.ts';

export interface SortKey {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  readonly descending: boolean;
  readonly nullable: boolean;
}

const MOST_KEYS = 4;

/** `-metrics.val_accuracy.max,created`: keys by comma, `-` for the largest first; runs without the value come last either way. */
export function parseSort(text: string): SortKey[] {
  const keys: SortKey[] = [];
  let at = 0;
  for (const part of text.split(',')) {
    const name = part.trim();
    const start = at + part.indexOf(name);
    at += part.length + 1;
    if (name === '') continue;
    const descending = name.startsWith('-');
    const span = { at: start + (descending ? 1 : 0), text: descending ? name.slice(1) : name };
    if (keys.length === MOST_KEYS) throw new SearchError(span, `more than ${MOST_KEYS} sort keys`);
    const { sql, params, nullable } = fieldOf(span);
    keys.push({ sql, params, descending, nullable });
  }
  return keys;
}

const ordinal: SortKey = { sql: 'runs.ordinal', params: [], descending: true, nullable: false };
const created: SortKey = { sql: 'runs.created_at', params: [], descending: true, nullable: false };

/** Runs registered in one millisecond are in the order of their numbers; those of one experiment are so in any case. */
export const newestFirst = (ofOneExperiment: boolean): readonly SortKey[] =>
  ofOneExperiment ? [ordinal] : [created, ordinal];
