import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What `tick` has to do at a time; no row, nothing to do. */
export const upkeep = sqliteTable('upkeep', { name: text().primaryKey(), due: integer().notNull() });
