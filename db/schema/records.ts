import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { runs } from './runs.ts';

/** Console lines that no longer wait in the live row: about 16 kB of them a row. */
export const consoleChunks = sqliteTable(
  'console_chunks',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** Number of its first line; a run's lines count from 1. */
    first: integer().notNull(),
    attempt: integer().notNull(),
    count: integer().notNull(),
    /** Characters of `data`. */
    size: integer().notNull(),
    data: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.first] })],
);

/** What each attempt ran on and from, as JSON. */
export const environments = sqliteTable(
  'environments',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    data: text().notNull(),
    created_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt] })],
);

/** Images, tables, curves, texts by key and step. Of a step's several attempts the newest visible one is shown. */
export const media = sqliteTable(
  'media',
  {
    id: integer().primaryKey(),
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    step: integer().notNull(),
    attempt: integer().notNull(),
    type: text().notNull(),
    time: integer().notNull(),
    created_at: integer().notNull(),
    /** Characters of `data`. */
    size: integer().notNull(),
    data: text().notNull(),
  },
  (table) => [uniqueIndex('media_by_key').on(table.run, table.key, table.step, table.attempt)],
);

/** The bytes that a medium shows. */
export const mediaBlobs = sqliteTable(
  'media_blobs',
  {
    media: integer()
      .notNull()
      .references(() => media.id, { onDelete: 'cascade' }),
    digest: text().notNull(),
    content_type: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.media, table.digest] }), index('media_blobs_by_digest').on(table.digest)],
);
