import type { Row } from '@tidemark/db/database';
import type { Experiment } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { fieldOf } from '../search/fields.ts';

/** Experiments as the wire shows them, the most recently active first; all of them, or those of a condition. */
export async function experimentRows(
  deps: Deps,
  where: { sql: string; params: readonly (string | number)[] },
): Promise<Experiment[]> {
  const [experiments, counts] = (await deps.db.batch([
    { sql: `SELECT * FROM experiments WHERE ${where.sql} LIMIT 1000`, params: where.params },
    {
      // A live run's last activity is its live row's; an ended one's its end.
      sql: `SELECT experiment_id, status, COUNT(*) AS runs,
              MAX(MAX(runs.created_at, COALESCE(runs.started_at, 0), COALESCE(runs.ended_at, 0), COALESCE(live.touched_at, 0))) AS active
            FROM runs LEFT JOIN live ON live.run = runs.id WHERE deleted_at IS NULL
              AND experiment_id IN (SELECT id FROM experiments WHERE ${where.sql} LIMIT 1000)
            GROUP BY experiment_id, status`,
      params: where.params,
    },
  ])) as [Row[], Row[]];
  const shown = await Promise.all(
    experiments.map(async (row): Promise<Experiment> => {
      const mine = counts.filter((count) => count.experiment_id === row.id);
      return {
        id: Number(row.id),
        name: String(row.name),
        slug: String(row.slug),
        createdAt: Number(row.created_at),
        archivedAt: row.archived_at === null ? null : Number(row.archived_at),
        primaryMetric: primaryOf(row),
        runs: mine.reduce((sum, count) => sum + Number(count.runs), 0),
        byStatus: Object.fromEntries(mine.map((count) => [count.status, Number(count.runs)])),
        lastActivityAt: Math.max(Number(row.created_at), ...mine.map((count) => Number(count.active))),
        best: await bestOf(deps, row),
      };
    }),
  );
  return shown.sort((a, b) => b.lastActivityAt - a.lastActivityAt || b.id - a.id);
}

const primaryOf = (row: Row): Experiment['primaryMetric'] =>
  row.primary_key === null ? null : { key: String(row.primary_key), mode: row.primary_mode === 'min' ? 'min' : 'max' };

/** The best value of the primary metric, else of the newest run's monitor, over runs that are or were running. */
async function bestOf(deps: Deps, experiment: Row): Promise<Experiment['best']> {
  const id = Number(experiment.id);
  const primary = primaryOf(experiment) ?? (await monitorOf(deps, id));
  if (!primary) return null;
  const { key, mode } = primary;
  const { sql, params } = fieldOf({ at: 0, text: `metrics."${key}".${mode}` });
  const step = mode === 'min' ? 'min_step' : 'max_step';
  const [row] = await deps.db.all(
    `SELECT id, ordinal, value, COALESCE(
        (SELECT ${step} FROM metric_series WHERE run = id AND key = ?),
        (SELECT summary ->> ('$."' || ? || '"[${mode === 'min' ? 4 : 6}]') FROM live WHERE live.run = id)) AS step
     FROM (SELECT runs.id, runs.ordinal, ${sql} AS value FROM runs WHERE runs.experiment_id = ? AND runs.deleted_at IS NULL)
     WHERE value IS NOT NULL ORDER BY value ${mode === 'min' ? 'ASC' : 'DESC'}, ordinal LIMIT 1`,
    [key, key, ...params, id],
  );
  if (!row) return null;
  return { run: String(row.id), ordinal: Number(row.ordinal), key, value: Number(row.value), step: Number(row.step) };
}

async function monitorOf(deps: Deps, experiment: number): Promise<Experiment['primaryMetric']> {
  const [row] = await deps.db.all(
    `SELECT monitor_key, monitor_mode FROM runs WHERE experiment_id = ? AND monitor_key IS NOT NULL AND deleted_at IS NULL
     ORDER BY ordinal DESC LIMIT 1`,
    [experiment],
  );
  return row ? { key: String(row.monitor_key), mode: row.monitor_mode === 'min' ? 'min' : 'max' } : null;
}
