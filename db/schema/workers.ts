import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const workers = sqliteTable('workers', {
  id: text().primaryKey(),
  name: text().notNull(),
  labels: text().notNull(),
  slots: integer().notNull(),
  engine: text().notNull(),
  device: text().notNull(),
  host: text().notNull(),
  state: text({ enum: ['active', 'draining', 'gone'] }).notNull(),
  drain: integer().notNull().default(0),
  first_seen_at: integer().notNull(),
  last_seen_at: integer().notNull(),
  silent_until: integer().notNull(),
  finished: integer().notNull().default(0),
  failed: integer().notNull().default(0),
});
