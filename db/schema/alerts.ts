import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { experiments } from './experiments.ts';
import { runs } from './runs.ts';

/** Where messages go. */
export const webhooks = sqliteTable('webhooks', {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  url: text().notNull(),
  format: text({ enum: ['standard', 'slack'] }).notNull(),
  secret: text().notNull(),
  /** Signs too, until `old_until`. */
  old_secret: text(),
  old_until: integer(),
  timeout_seconds: integer().notNull(),
  /** Since when nothing was delivered. */
  failing_since: integer(),
  disabled_at: integer(),
  disabled_reason: text(),
  created_at: integer().notNull(),
  created_by: text().notNull(),
});

export const alerts = sqliteTable('alerts', {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  kind: text({ enum: ['metric', 'nan', 'no_progress', 'failed', 'finished', 'worker_lost'] }).notNull(),
  /** JSON: the rule, whole. */
  rule: text().notNull(),
  experiment_id: integer().references(() => experiments.id, { onDelete: 'cascade' }),
  run: text().references(() => runs.id, { onDelete: 'cascade' }),
  webhook_id: integer()
    .notNull()
    .references(() => webhooks.id),
  /** Null: once a run. */
  cooldown_minutes: integer(),
  paused: integer().notNull().default(0),
  created_at: integer().notNull(),
  created_by: text().notNull(),
});

/** That an alert fired for a run: a row only then. */
export const alertStates = sqliteTable(
  'alert_states',
  {
    alert_id: integer()
      .notNull()
      .references(() => alerts.id, { onDelete: 'cascade' }),
    run: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    armed: integer().notNull(),
    fired_at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.alert_id] })],
);

/** The outbox: written with what it tells, sent later. */
export const messages = sqliteTable(
  'messages',
  {
    /** The webhook-id, the same in every attempt. */
    id: text().primaryKey(),
    webhook_id: integer()
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    alert_id: integer().references(() => alerts.id, { onDelete: 'cascade' }),
    run: text(),
    type: text().notNull(),
    payload: text().notNull(),
    created_at: integer().notNull(),
    state: text({ enum: ['pending', 'delivered', 'failed'] }).notNull(),
    attempts: integer().notNull().default(0),
    due_at: integer().notNull(),
  },
  (table) => [
    index('messages_due').on(table.due_at).where(sql`state = 'pending'`),
    index('messages_by_created').on(table.created_at, table.id),
    index('messages_by_alert').on(table.alert_id, table.created_at, table.id).where(sql`alert_id IS NOT NULL`),
  ],
);

/** What came of each attempt. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    message: text()
      .notNull()
      .references(() => messages.id, { onDelete: 'cascade' }),
    attempt: integer().notNull(),
    at: integer().notNull(),
    milliseconds: integer().notNull(),
    status: integer(),
    error: text(),
    manual: integer().notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.message, table.attempt] })],
);
