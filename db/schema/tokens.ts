import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const tokens = sqliteTable('tokens', {
  id: integer().primaryKey(),
  name: text().notNull(),
  scope: text({ enum: ['read', 'write', 'worker', 'admin'] }).notNull(),
  hash: text().notNull().unique(),
  created_at: integer().notNull(),
  expires_at: integer(),
  last_used_at: integer(),
  revoked_at: integer(),
});

export const sessions = sqliteTable('sessions', {
  hash: text().primaryKey(),
  token_id: integer()
    .notNull()
    .references(() => tokens.id, { onDelete: 'cascade' }),
  created_at: integer().notNull(),
  expires_at: integer().notNull(),
});
