import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { scalar } from './columns.ts';
import { experiments } from './experiments.ts';

/**
 * The catalogue of keys, kept by triggers on `params`, `tags`, `metric_series` and `runs` (migration 0013): how many runs that are not in the
 * trash have a key, and how many of these (`same`) have the value `sample`. So `same < runs` says that a key varies, unless `same` is 0:
 * the sample's last run went, and `tick` takes another. A row without runs may stay. Rows written with OR REPLACE would be
 * counted twice, because SQLite then runs no trigger for the row replaced: write ON CONFLICT DO UPDATE.
 */
export const keys = sqliteTable(
  'keys',
  {
    experiment_id: integer()
      .notNull()
      .references(() => experiments.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['runs', 'params', 'tags', 'metrics'] }).notNull(),
    key: text().notNull(),
    runs: integer().notNull(),
    sample_kind: text(),
    sample: scalar(),
    same: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.experiment_id, table.kind, table.key] }),
    index('keys_unsure').on(table.experiment_id, table.kind, table.key).where(sql`same = 0 AND runs > 0`),
  ],
);
