import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { modelLineage as route } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { BRIEF, briefOf } from '../lineage/brief.ts';
import { startedFrom } from '../lineage/started-from.ts';
import { findVersion } from './find-version.ts';

type Reply = z.output<typeof route.response>;

/** Where a version comes from and what came of it. Errors: not_found. */
export async function modelVersionLineage(deps: Deps, name: string, ref: string): Promise<Reply> {
  const { modelId, version } = await findVersion(deps, name, ref);
  const { dataset, init } = version.lineage;
  const [runs, parents, files] = (await deps.db.batch([
    { sql: `SELECT ${BRIEF} WHERE runs.id = ?`, params: [version.run ?? ''] },
    {
      sql: `SELECT DISTINCT models.name AS model, f.version FROM model_files AS f JOIN models ON models.id = f.model_id
            WHERE f.digest = ? ORDER BY models.name, f.version LIMIT 100`,
      params: [init?.digest ?? ''],
    },
    {
      sql: 'SELECT digest FROM model_files WHERE model_id = ? AND version = ? LIMIT 1000',
      params: [modelId, version.version],
    },
  ])) as [Row[], Row[], Row[]];
  return {
    version,
    run: runs[0] ? briefOf(runs[0]) : null,
    dataset,
    parents: parents.map((row) => ({ model: String(row.model), version: Number(row.version) })),
    runs: await startedFrom(
      deps,
      files.map((row) => String(row.digest)),
    ),
  };
}
