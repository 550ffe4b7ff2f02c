import { integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { runs } from './runs.ts';

export const checkpoints = sqliteTable(
  'checkpoints',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    step: integer().notNull(),
    digest: text().notNull(),
    epoch: real().notNull(),
    size: integer().notNull(),
    metrics: text().notNull(),
    best: integer().notNull(),
    latest: integer().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt, table.step, table.digest] })],
);

export const blobs = sqliteTable('blobs', {
  digest: text().primaryKey(),
  size: integer().notNull(),
  created_at: integer().notNull(),
});

export const artifacts = sqliteTable(
  'artifacts',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    path: text().notNull(),
    digest: text().notNull(),
    size: integer().notNull(),
    content_type: text().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.path] })],
);
