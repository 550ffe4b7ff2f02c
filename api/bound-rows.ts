import type { SqlValue } from '@tidemark/db/database';

/** The most parameters that a Durable Object takes a statement. */
const PARAMETERS = 100;

/**
 * Rows as tables of bound values, `(VALUES (?, …), …)` with columns `column1` and on, each beside `others` parameters of its statement. For
 * numbers that must keep their last bit: SQLite reads decimals, those of JSON too, to the neighbouring double now and then; 3.45 one of some thousands
 * in its shortest digits, workerd's many of the very large and small ones whatever the digits.
 */
export function boundRows(
  rows: readonly (readonly SqlValue[])[],
  others: number,
): { readonly sql: string; readonly params: SqlValue[] }[] {
  const width = rows[0]?.length ?? 1;
  const each = Math.floor((PARAMETERS - others) / width);
  const row = `(${Array<string>(width).fill('?').join()})`;
  const pages: { sql: string; params: SqlValue[] }[] = [];
  for (let start = 0; start < rows.length; start += each) {
    const page = rows.slice(start, start + each);
    pages.push({ sql: `(VALUES ${page.map(() => row).join()})`, params: page.flat() });
  }
  return pages;
}
