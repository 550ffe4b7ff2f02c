import { sql } from 'drizzle-orm';
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { bytes } from './columns.ts';
import { experiments } from './experiments.ts';

export const views = sqliteTable(
  'views',
  {
    id: integer().primaryKey(),
    /** null: of all experiments. */
    experiment_id: integer().references(() => experiments.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    owner: text().notNull(),
    version: integer().notNull().default(1),
    created_at: integer().notNull(),
    updated_at: integer().notNull(),
    updated_by: text().notNull(),
    state: text().notNull(),
  },
  (table) => [uniqueIndex('views_by_name').on(sql`COALESCE(experiment_id, 0)`, table.name)],
);

export const snapshots = sqliteTable('snapshots', {
  id: text().primaryKey(),
  experiment_id: integer().references(() => experiments.id, { onDelete: 'cascade' }),
  view_id: integer().references(() => views.id, { onDelete: 'set null' }),
  name: text().notNull(),
  created_at: integer().notNull(),
  created_by: text().notNull(),
  runs: integer().notNull(),
  size: integer().notNull(),
});

export const snapshotParts = sqliteTable(
  'snapshot_parts',
  {
    snapshot: text()
      .notNull()
      .references(() => snapshots.id, { onDelete: 'cascade' }),
    part: integer().notNull(),
    data: bytes().notNull(),
  },
  (table) => [primaryKey({ columns: [table.snapshot, table.part] })],
);
