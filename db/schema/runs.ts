import { desc, sql } from 'drizzle-orm';
import {
  type AnySQLiteColumn,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { scalar } from './columns.ts';
import { experiments } from './experiments.ts';

export const runs = sqliteTable(
  'runs',
  {
    id: text().primaryKey(),
    experiment_id: integer()
      .notNull()
      .references(() => experiments.id),
    ordinal: integer().notNull(),
    name: text().notNull(),
    status: text({ enum: ['queued', 'running', 'cancelling', 'finished', 'pruned', 'failed', 'cancelled'] }).notNull(),
    origin: text({ enum: ['config', 'sdk'] }).notNull(),
    created_at: integer().notNull(),
    created_by: text().notNull(),
    started_at: integer(),
    ended_at: integer(),
    priority: integer().notNull().default(0),
    requires: text().notNull().default('[]'),
    note: text().notNull().default(''),
    available_at: integer().notNull(),
    attempt: integer().notNull().default(0),
    failure_count: integer().notNull().default(0),
    lost_count: integer().notNull().default(0),
    max_retries: integer().notNull().default(0),
    monitor_key: text(),
    monitor_mode: text(),
    worker: text(),
    progress: text(),
    kept_summary: text(),
    error_code: text(),
    error_message: text(),
    cloned_from: text(),
    request_hash: text().notNull(),
    deleted_at: integer(),
    parent: text().references((): AnySQLiteColumn => runs.id, { onDelete: 'set null' }),
    /** What runs equal but for their seeds have in common, or a name that was given; null: not computed yet. */
    family: text(),
  },
  (table) => [
    index('runs_by_parent').on(table.parent).where(sql`parent IS NOT NULL`),
    index('runs_by_family').on(table.family),
    uniqueIndex('runs_by_ordinal').on(table.experiment_id, table.ordinal),
    index('runs_by_created').on(table.created_at, table.ordinal, table.id),
    index('runs_queued')
      .on(desc(table.priority), table.available_at, table.ordinal, table.id)
      .where(sql`status = 'queued' AND deleted_at IS NULL`),
  ],
);

export const runDocuments = sqliteTable('run_documents', {
  run: text()
    .primaryKey()
    .references(() => runs.id, { onDelete: 'cascade' }),
  written: text().notNull(),
  resolved: text().notNull(),
  layers: text().notNull(),
});

export const params = sqliteTable(
  'params',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    kind: text({ enum: ['string', 'number', 'boolean', 'null'] }).notNull(),
    value: scalar(),
  },
  (table) => [primaryKey({ columns: [table.run, table.key] }), index('params_by_value').on(table.key, table.value)],
);

export const tags = sqliteTable(
  'tags',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    value: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.key] }), index('tags_by_value').on(table.key, table.value)],
);

export const attempts = sqliteTable(
  'attempts',
  {
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    token: text().notNull(),
    worker: text(),
    device: text(),
    started_at: integer().notNull(),
    ended_at: integer(),
    outcome: text(),
    asked: text(),
    resume_step: integer(),
    visible_to: integer(),
    /** How far a script's lost attempt had come, so that it may go on. */
    acked: integer(),
  },
  (table) => [primaryKey({ columns: [table.run, table.attempt] })],
);

export const events = sqliteTable(
  'events',
  {
    id: integer().primaryKey(),
    at: integer().notNull(),
    actor: text().notNull(),
    type: text().notNull(),
    run: text(),
    experiment_id: integer(),
    detail: text().notNull().default('{}'),
  },
  (table) => [
    index('events_by_run').on(table.run, table.id).where(sql`run IS NOT NULL`),
    index('events_by_model').on(sql`detail ->> '$.model'`, table.id).where(sql`type = 'model'`),
  ],
);
