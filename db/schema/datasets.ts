import { integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

export const datasets = sqliteTable(
  'datasets',
  {
    id: integer().primaryKey(),
    name: text().notNull(),
    version: integer().notNull(),
    digest: text().notNull(),
    state: text({ enum: ['uploading', 'ready'] }).notNull(),
    files: integer().notNull(),
    size: integer().notNull(),
    folders: text().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [uniqueIndex('datasets_by_name').on(table.name, table.version)],
);

export const datasetParts = sqliteTable(
  'dataset_parts',
  {
    dataset_id: integer()
      .notNull()
      .references(() => datasets.id, { onDelete: 'cascade' }),
    part: integer().notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset_id, table.part] })],
);
