import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** One row: the project itself. */
export const project = sqliteTable('project', {
  id: integer().primaryKey(),
  title: text().notNull(),
  archived_at: integer(),
  archived_by: text(),
});
