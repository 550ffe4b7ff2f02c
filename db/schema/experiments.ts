import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const experiments = sqliteTable('experiments', {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  slug: text().notNull(),
  created_at: integer().notNull(),
  archived_at: integer(),
  primary_key: text(),
  primary_mode: text(),
  next_ordinal: integer().notNull().default(1),
});
