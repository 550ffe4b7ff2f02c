import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Who belongs to the project. `user_id` is the directory's, once that person logged in by the identity provider. */
export const members = sqliteTable('members', {
  id: integer().primaryKey(),
  email: text().notNull().unique(),
  name: text().notNull(),
  role: text({ enum: ['viewer', 'editor', 'admin'] }).notNull(),
  user_id: text().unique(),
  created_at: integer().notNull(),
  created_by: text().notNull(),
  last_seen_at: integer(),
});
