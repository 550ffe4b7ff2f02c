import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { experimentKeys as route } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { getExperiment } from './get.ts';

type Reply = z.output<typeof route.response>;

/** The metric and param keys of an experiment's runs, the most used first. Errors: not_found. */
export async function experimentKeys(
  deps: Deps,
  id: number,
  { q = '', limit }: { q?: string | undefined; limit: number },
): Promise<Reply> {
  await getExperiment(deps, id);
  const mine = 'run IN (SELECT id FROM runs WHERE experiment_id = ? AND deleted_at IS NULL)';
  const wanted = "(? = '' OR instr(lower(key), lower(?)) > 0)";
  const [metrics, params] = (await deps.db.batch([
    {
      sql: `SELECT key, COUNT(*) AS runs FROM (
              SELECT run, key FROM metric_series WHERE ${mine}
              UNION ALL SELECT live.run, json_each.key FROM live, json_each(live.summary) WHERE live.${mine})
            WHERE ${wanted} GROUP BY key ORDER BY runs DESC, key LIMIT ?`,
      params: [id, id, q, q, limit],
    },
    {
      sql: `SELECT key, COUNT(*) AS runs, COUNT(DISTINCT kind || ':' || COALESCE(value, '')) AS different,
              (SELECT COUNT(*) FROM runs WHERE experiment_id = ? AND deleted_at IS NULL) AS everybody
            FROM params WHERE ${mine} AND ${wanted} GROUP BY key ORDER BY runs DESC, key LIMIT ?`,
      params: [id, id, q, q, limit],
    },
  ])) as [Row[], Row[]];
  return {
    metrics: metrics.map((row) => ({ key: String(row.key), runs: Number(row.runs) })),
    params: params.map((row) => ({
      key: String(row.key),
      runs: Number(row.runs),
      // A run without the param differs from one with it.
      varies: Number(row.different) > 1 || row.runs !== row.everybody,
    })),
  };
}
