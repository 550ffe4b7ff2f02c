import { sql } from 'drizzle-orm';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { bytes } from './columns.ts';
import { runs } from './runs.ts';

export const claims = sqliteTable('claims', {
  claim_id: text().primaryKey(),
  run: text().notNull(),
  attempt: integer().notNull(),
  token: text().notNull(),
  worker: text().notNull(),
  created_at: integer().notNull(),
});

export const live = sqliteTable('live', {
  run: text()
    .primaryKey()
    .references(() => runs.id, { onDelete: 'cascade' }),
  attempt: integer().notNull(),
  token: text().notNull(),
  worker: text(),
  leased: integer().notNull(),
  expires: integer(),
  acked: integer().notNull().default(0),
  cancel: integer().notNull().default(0),
  prune: integer().notNull().default(0),
  touched_at: integer().notNull(),
  next_chunk: integer().notNull().default(0),
  next_line: integer().notNull().default(1),
  progress: text(),
  summary: text().notNull().default('{}'),
  tail: bytes().notNull().default(sql`x''`),
  /** When it last made progress; null: not since its attempt started. */
  progress_at: integer(),
  /** The newest console lines, how many, and characters of all of the run's so far. */
  console: text().notNull().default(''),
  console_lines: integer().notNull().default(0),
  console_size: integer().notNull().default(0),
});
