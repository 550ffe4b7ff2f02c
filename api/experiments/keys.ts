import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { experimentKeys as route } from '../contract/experiments.ts';
import type { Deps } from '../deps.ts';
import { countedKeys } from '../runs/counted-keys.ts';
import { getExperiment } from './get.ts';

type Reply = z.output<typeof route.response>;

/** The metric and param keys of an experiment's runs, the most used first. Errors: not_found. */
export async function experimentKeys(
  deps: Deps,
  id: number,
  { q = '', limit }: { q?: string | undefined; limit: number },
): Promise<Reply> {
  await getExperiment(deps, id);
  const which = { sql: "(? = '' OR instr(lower(key), lower(?)) > 0)", params: [q, q] };
  const [metrics, params] = (await deps.db.batch(
    (['metrics', 'params'] as const).map((kind) => {
      const own = countedKeys(kind, id, which);
      return {
        sql: `${own.sql} SELECT * FROM own ORDER BY runs DESC, key LIMIT ?`,
        params: [...own.params, limit],
      };
    }),
  )) as [Row[], Row[]];
  return {
    metrics: metrics.map((row) => ({ key: String(row.key), runs: Number(row.runs) })),
    params: params.map((row) => ({ key: String(row.key), runs: Number(row.runs), varies: row.varies === 1 })),
  };
}
