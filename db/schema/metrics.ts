import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { bytes, scalar } from './columns.ts';
import { runs } from './runs.ts';

export const metricChunks = sqliteTable(
  'metric_chunks',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    chunk: integer().notNull(),
    data: bytes().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt, table.chunk] })],
);

/**
 * Bytes of segments that a search of the segments passes over: SQLite compares keys of a table WITHOUT ROWID by reading whole rows,
 * so large ones there make every look at their neighbours slow. A trigger deletes a segment's pack with it.
 */
export const metricPacks = sqliteTable('metric_packs', {
  id: integer().primaryKey(),
  data: bytes().notNull(),
});

export const metricSegments = sqliteTable(
  'metric_segments',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    level: integer().notNull(),
    part: integer().notNull(),
    key_group: integer().notNull(),
    keys: text().notNull(),
    /** Empty where the bytes are in a pack or in a volume. */
    data: bytes().notNull(),
    pack: integer(),
    /** Where the bytes are when they were moved out of the database: in which volume of the attempt, from which byte on, how many. */
    volume: integer(),
    start: integer(),
    size: integer(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt, table.level, table.part, table.key_group] })],
);

/** Blobs with points of an attempt that has ended; `api/metrics/volume.ts` says what is in them. */
export const metricVolumes = sqliteTable(
  'metric_volumes',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    volume: integer().notNull(),
    digest: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt, table.volume] })],
);

/** Ends of runs whose points are still to be moved into volumes. A trigger writes it when a run ends. */
export const metricMoves = sqliteTable(
  'metric_moves',
  { ended_at: integer().notNull(), run: text().notNull() },
  (table) => [primaryKey({ columns: [table.ended_at, table.run] })],
);

export const metricSeries = sqliteTable(
  'metric_series',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    count: integer().notNull(),
    last: scalar().notNull(),
    last_step: integer().notNull(),
    min: real(),
    min_step: integer(),
    max: real(),
    max_step: integer(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.key] }),
    // Written once, when the run ends: what runs are sorted and found by.
    index('metric_series_by_last').on(table.key, table.last),
    index('metric_series_by_min').on(table.key, table.min),
    index('metric_series_by_max').on(table.key, table.max),
  ],
);
