import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Archives on their way in, and those that arrived. */
export const imports = sqliteTable('imports', {
  id: text().primaryKey(),
  state: text({ enum: ['open', 'done'] }).notNull(),
  manifest: text().notNull(),
  /** Runs get new ids. */
  renamed: integer().notNull(),
  next_page: integer().notNull().default(1),
  created_by: text().notNull(),
  created_at: integer().notNull(),
  touched_at: integer().notNull(),
});

/** What an open import has brought so far: rows that others refer to, by what they were called where they come from. */
export const importRows = sqliteTable(
  'import_rows',
  {
    import: text()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    source: text().notNull(),
    old: text().notNull(),
    new: text().notNull(),
    /** What the row gets only when the import is whole. */
    data: text(),
  },
  (table) => [
    primaryKey({ columns: [table.import, table.source, table.old] }),
    index('import_rows_by_new').on(table.source, table.new),
  ],
);

/** Rows that `doctor --check --repair` took out, as JSON. */
export const quarantine = sqliteTable('quarantine', {
  id: integer().primaryKey(),
  at: integer().notNull(),
  source: text().notNull(),
  reason: text().notNull(),
  data: text().notNull(),
});
