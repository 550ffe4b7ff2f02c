import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { members } from './members.ts';

export const tokens = sqliteTable('tokens', {
  id: integer().primaryKey(),
  name: text().notNull(),
  scope: text({ enum: ['read', 'write', 'worker', 'admin'] }).notNull(),
  hash: text().notNull().unique(),
  created_at: integer().notNull(),
  expires_at: integer(),
  last_used_at: integer(),
  revoked_at: integer(),
  /** The ids of the experiments that it may touch, as JSON; null: all. */
  experiments: text({ mode: 'json' }).$type<number[]>(),
  /** Requests a second; null: as the project has it. */
  rate: integer(),
  created_by: text().notNull().default(''),
});

/** A browser's session, or the code of a link that makes one; it stands for a token or for a member. */
export const sessions = sqliteTable('sessions', {
  hash: text().primaryKey(),
  token_id: integer().references(() => tokens.id, { onDelete: 'cascade' }),
  member_id: integer().references(() => members.id, { onDelete: 'cascade' }),
  created_at: integer().notNull(),
  expires_at: integer().notNull(),
  agent: text().notNull().default(''),
  code: integer().notNull().default(0),
});
