import * as schema from '@tidemark/db/schema/index';
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { TABLES } from './tables.ts';

const archived = new Set([...TABLES.map(({ name }) => name), 'metric_chunks']);

const byTable = new Map<string, ReadonlySet<string>>();
for (const value of Object.values<unknown>(schema)) {
  if (!is(value, SQLiteTable) || !archived.has(getTableName(value))) continue;
  byTable.set(getTableName(value), new Set(Object.values(getTableColumns(value)).map(({ name }) => name)));
}

/** The columns of a table that archives hold; undefined for any other. */
export const columnsOf = (table: string): ReadonlySet<string> | undefined => byTable.get(table);
