import { orm } from '@tidemark/db/orm';
import { experiments } from '@tidemark/db/schema/experiments';
import { live } from '@tidemark/db/schema/leases';
import { runs } from '@tidemark/db/schema/runs';
import { and, count, desc, eq, inArray, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { Experiment } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { fieldOf } from '../search/fields.ts';

type Row = typeof experiments.$inferSelect;

// A live run's last activity is its live row's; an ended one's its end.
const active = sql<number>`MAX(MAX(${runs.created_at}, COALESCE(${runs.started_at}, 0), COALESCE(${runs.ended_at}, 0),
  COALESCE(${live.touched_at}, 0)))`;

/** Experiments as the wire shows them, the most recently active first; those of a condition. */
export async function experimentRows(deps: Deps, where: SQL): Promise<Experiment[]> {
  const db = orm(deps.db);
  const ids = db.select({ id: experiments.id }).from(experiments).where(where).limit(1000);
  const [rows, counts] = await db.batch([
    db.select().from(experiments).where(where).limit(1000),
    db
      .select({ experiment: runs.experiment_id, status: runs.status, runs: count(), active })
      .from(runs)
      .leftJoin(live, eq(live.run, runs.id))
      .where(and(isNull(runs.deleted_at), inArray(runs.experiment_id, ids)))
      .groupBy(runs.experiment_id, runs.status),
  ]);
  const shown = await Promise.all(
    rows.map(async (row): Promise<Experiment> => {
      const mine = counts.filter((count) => count.experiment === row.id);
      return {
        id: row.id,
        name: row.name,
        slug: row.slug,
        createdAt: row.created_at,
        archivedAt: row.archived_at,
        primaryMetric: metricOf(row.primary_key, row.primary_mode),
        runs: mine.reduce((sum, count) => sum + count.runs, 0),
        byStatus: Object.fromEntries(mine.map((count) => [count.status, count.runs])),
        lastActivityAt: Math.max(row.created_at, ...mine.map((count) => count.active)),
        best: await bestOf(deps, row),
      };
    }),
  );
  return shown.sort((a, b) => b.lastActivityAt - a.lastActivityAt || b.id - a.id);
}

const metricOf = (key: string | null, mode: string | null): Experiment['primaryMetric'] =>
  key === null ? null : { key, mode: mode === 'min' ? 'min' : 'max' };

/** The best value of the primary metric, else of the newest run's monitor, over runs that are or were running. */
async function bestOf(deps: Deps, { id, primary_key, primary_mode }: Row): Promise<Experiment['best']> {
  const primary = metricOf(primary_key, primary_mode) ?? (await monitorOf(deps, id));
  if (!primary) return null;
  const { key, mode } = primary;
  const field = fieldOf({ at: 0, text: `metrics."${key}".${mode}` }, { now: deps.now(), directions: new Map() });
  const step = mode === 'min' ? 'min_step' : 'max_step';
  const [row] = await deps.db.all(
    `SELECT id, ordinal, value, COALESCE(
        (SELECT ${step} FROM metric_series WHERE run = id AND key = ?),
        (SELECT summary ->> ('$."' || ? || '"[${mode === 'min' ? 4 : 6}]') FROM live WHERE live.run = id)) AS step
     FROM (SELECT runs.id, runs.ordinal, ${field.sql} AS value FROM runs WHERE runs.experiment_id = ? AND runs.deleted_at IS NULL)
     WHERE value IS NOT NULL ORDER BY value ${mode === 'min' ? 'ASC' : 'DESC'}, ordinal LIMIT 1`,
    [key, key, ...field.params, id],
  );
  if (!row) return null;
  return { run: String(row.id), ordinal: Number(row.ordinal), key, value: Number(row.value), step: Number(row.step) };
}

async function monitorOf(deps: Deps, experiment: number): Promise<Experiment['primaryMetric']> {
  const row = await orm(deps.db)
    .select({ key: runs.monitor_key, mode: runs.monitor_mode })
    .from(runs)
    .where(and(eq(runs.experiment_id, experiment), isNotNull(runs.monitor_key), isNull(runs.deleted_at)))
    .orderBy(desc(runs.ordinal))
    .limit(1)
    .get();
  return row ? metricOf(row.key, row.mode) : null;
}
