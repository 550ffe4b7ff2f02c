import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { runLineage as route } from '../contract/lineage.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { BRIEF, briefOf } from './brief.ts';
import { startedFrom } from './started-from.ts';

type Reply = z.output<typeof route.response>;

/** Where a run comes from and what came of it. Errors: not_found. */
export async function lineageOfRun(deps: Deps, id: string): Promise<Reply> {
  const param = (key: string): string => `(SELECT value FROM params WHERE run = runs.id AND key = '${key}')`;
  const [row] = await deps.db.all(
    `SELECT ${param('data.dataset')} AS dataset, ${param('init.from')} AS init_from, ${param('init.digest')} AS init_digest,
       runs.cloned_from, ${BRIEF} WHERE runs.id = ?`,
    [id],
  );
  if (!row) throw notFound(`run ${id}`);
  const digest = row.init_digest === null ? null : String(row.init_digest);
  const [cloned, clones, kept, sources, made] = (await deps.db.batch([
    { sql: `SELECT ${BRIEF} WHERE runs.id = ?`, params: [row.cloned_from ?? ''] },
    {
      sql: `SELECT ${BRIEF} WHERE runs.cloned_from = ? AND runs.deleted_at IS NULL ORDER BY runs.created_at DESC LIMIT 1000`,
      params: [id],
    },
    { sql: 'SELECT DISTINCT step, digest FROM checkpoints WHERE run = ? ORDER BY step DESC', params: [id] },
    {
      sql: `SELECT ${BRIEF} WHERE runs.id IN (SELECT run FROM checkpoints WHERE digest = ?) LIMIT 100`,
      params: [digest ?? ''],
    },
    {
      sql: `SELECT models.name AS model, v.version FROM model_versions AS v JOIN models ON models.id = v.model_id
            WHERE v.run = ? ORDER BY models.name, v.version`,
      params: [id],
    },
  ])) as [Row[], Row[], Row[], Row[], Row[]];
  const checkpoints = kept.map((one) => ({ step: Number(one.step), digest: String(one.digest) }));
  return {
    run: briefOf(row),
    dataset: row.dataset === null ? null : String(row.dataset),
    init:
      row.init_from === null
        ? null
        : {
            from: String(row.init_from),
            digest,
            runs: sources.map(briefOf),
            models: digest === null ? [] : await modelsWith(deps, digest),
          },
    clonedFrom: cloned[0] ? briefOf(cloned[0]) : null,
    checkpoints: await Promise.all(
      checkpoints.map(async (one) => ({
        ...one,
        models: await modelsWith(deps, one.digest),
        runs: await startedFrom(deps, [one.digest]),
      })),
    ),
    models: made.map(versionOf),
    clones: clones.map(briefOf),
  };
}

const versionOf = (row: Row): Reply['models'][number] => ({ model: String(row.model), version: Number(row.version) });

/** Versions of models that have these bytes. */
async function modelsWith(deps: Deps, digest: string): Promise<Reply['models']> {
  const rows = await deps.db.all(
    `SELECT DISTINCT models.name AS model, f.version FROM model_files AS f JOIN models ON models.id = f.model_id
     WHERE f.digest = ? ORDER BY models.name, f.version LIMIT 100`,
    [digest],
  );
  return rows.map(versionOf);
}
