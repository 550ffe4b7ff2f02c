import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The registry: named models. A name may change; a number is never used twice. */
export const models = sqliteTable('models', {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  description: text().notNull().default(''),
  next_version: integer().notNull().default(1),
  created_at: integer().notNull(),
  created_by: text().notNull(),
  updated_at: integer().notNull(),
});

const model = () =>
  integer()
    .notNull()
    .references(() => models.id, { onDelete: 'cascade' });

export const modelVersions = sqliteTable(
  'model_versions',
  {
    model_id: model(),
    version: integer().notNull(),
    kind: text({ enum: ['checkpoint', 'artifact', 'external'] }).notNull(),
    source: text().notNull(),
    /** Not a foreign key: a version outlives its run. */
    run: text(),
    description: text().notNull().default(''),
    status: text({ enum: ['pending', 'ready', 'failed'] }).notNull(),
    stage: text({ enum: ['None', 'Staging', 'Production', 'Archived'] })
      .notNull()
      .default('None'),
    files: integer().notNull(),
    size: integer().notNull(),
    /** JSON: what its run was when the version was made. */
    lineage: text().notNull(),
    /** The run's resolved config. */
    config: text(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
    updated_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.model_id, table.version] }),
    index('model_versions_by_run').on(table.run).where(sql`run IS NOT NULL`),
  ],
);

/** A version's files by content: they stay stored whatever becomes of the run. */
export const modelFiles = sqliteTable(
  'model_files',
  {
    model_id: model(),
    version: integer().notNull(),
    path: text().notNull(),
    digest: text().notNull(),
    size: integer().notNull(),
    content_type: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.model_id, table.version, table.path] }),
    index('model_files_by_digest').on(table.digest),
  ],
);

export const modelAliases = sqliteTable(
  'model_aliases',
  {
    model_id: model(),
    alias: text().notNull(),
    version: integer().notNull(),
    changed_at: integer().notNull(),
    changed_by: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.model_id, table.alias] })],
);

/** Of a version; version 0: of the model itself. */
export const modelTags = sqliteTable(
  'model_tags',
  {
    model_id: model(),
    version: integer().notNull(),
    key: text().notNull(),
    value: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.model_id, table.version, table.key] })],
);
