import type { Row, SqlValue } from '@tidemark/db/database';
import type * as z from 'zod';
import type { ModelLineage, ModelVersion, createModelVersion as route } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';

/** What a version is made of. */
export interface Source {
  readonly kind: ModelVersion['kind'];
  readonly source: string;
  readonly run: string | null;
  /** SQL for rows of `path, digest, size, content_type`; null where the bytes are elsewhere. */
  readonly files: { readonly sql: string; readonly params: readonly SqlValue[] } | null;
  readonly lineage: ModelLineage;
  /** The run's resolved config, JSON. */
  readonly config: string | null;
}

/** The name of the one file of a version that is a checkpoint. */
const CHECKPOINT_FILE = 'checkpoint.ckpt';

/** Finds what a version is to be made of. Errors: not_found (run, checkpoint, artifact). */
export async function modelSource(deps: Deps, given: z.output<typeof route.body>['source']): Promise<Source> {
  const run = given.run ?? null;
  const { lineage, config, title } = run === null ? NOWHERE : await originOf(deps, run);
  if ('uri' in given) return { kind: 'external', source: given.uri, run, files: null, lineage, config };
  if ('artifact' in given) {
    const { artifact } = given;
    const params = [given.run, artifact, artifact, artifact];
    const of = "FROM artifacts WHERE run = ? AND (path = ? OR substr(path, 1, length(?) + 1) = ? || '/')";
    const [any] = await deps.db.all(`SELECT 1 AS ok ${of} LIMIT 1`, params);
    if (!any) throw notFound(`artifact ${artifact} of ${title}`);
    // A file keeps its name, those of a folder their paths in it.
    const path =
      "CASE path WHEN ? THEN replace(path, rtrim(path, replace(path, '/', '')), '') ELSE substr(path, length(?) + 2) END";
    return {
      kind: 'artifact',
      source: `runs:/${given.run}/${artifact}`,
      run,
      files: {
        sql: `SELECT ${path} AS path, digest, size, content_type ${of}`,
        params: [artifact, artifact, ...params],
      },
      lineage,
      config,
    };
  }
  const { checkpoint } = given;
  const which = typeof checkpoint === 'number' ? 'step = ?' : `${checkpoint} = 1`;
  const [kept] = await deps.db.all<
    Row & { attempt: number; step: number; digest: string; epoch: number; metrics: string }
  >(
    `SELECT attempt, step, digest, epoch, metrics FROM checkpoints WHERE run = ? AND ${which} ORDER BY step DESC, attempt DESC LIMIT 1`,
    [given.run, ...(typeof checkpoint === 'number' ? [checkpoint] : [])],
  );
  if (!kept) {
    const name = typeof checkpoint === 'number' ? `checkpoint of step ${checkpoint}` : `${checkpoint} checkpoint`;
    throw notFound(`${name} of ${title}`);
  }
  return {
    kind: 'checkpoint',
    source: `runs:/${given.run}/checkpoints/${kept.step}`,
    run,
    files: {
      sql: `SELECT ? AS path, digest, size, 'application/octet-stream' AS content_type FROM checkpoints
            WHERE run = ? AND attempt = ? AND step = ? AND digest = ?`,
      params: [CHECKPOINT_FILE, given.run, kept.attempt, kept.step, kept.digest],
    },
    lineage: { ...lineage, step: kept.step, epoch: kept.epoch, metrics: JSON.parse(kept.metrics) },
    config,
  };
}

const NOWHERE = {
  lineage: {
    experiment: null,
    ordinal: null,
    runName: null,
    dataset: null,
    init: null,
    step: null,
    epoch: null,
    metrics: {},
  } satisfies ModelLineage,
  config: null,
  title: '',
};

type OriginRow = Row & {
  experiment: string;
  ordinal: number;
  name: string;
  dataset: string | null;
  init_from: string | null;
  init_digest: string | null;
  resolved: string | null;
};

/** A run as a version remembers it. Errors: not_found (also for one in the trash). */
async function originOf(
  deps: Deps,
  run: string,
): Promise<{ lineage: ModelLineage; config: string | null; title: string }> {
  const param = (key: string): string => `(SELECT value FROM params WHERE params.run = runs.id AND key = '${key}')`;
  const [row] = await deps.db.all<OriginRow>(
    `SELECT experiments.name AS experiment, runs.ordinal, runs.name, ${param('data.dataset')} AS dataset,
       ${param('init.from')} AS init_from, ${param('init.digest')} AS init_digest,
       (SELECT resolved FROM run_documents WHERE run_documents.run = runs.id) AS resolved
     FROM runs JOIN experiments ON experiments.id = runs.experiment_id WHERE runs.id = ? AND runs.deleted_at IS NULL`,
    [run],
  );
  if (!row) throw notFound(`run ${run}`);
  return {
    lineage: {
      ...NOWHERE.lineage,
      experiment: row.experiment,
      ordinal: row.ordinal,
      runName: row.name,
      dataset: row.dataset,
      init: row.init_from === null ? null : { from: row.init_from, digest: row.init_digest },
    },
    config: row.resolved,
    title: `${row.experiment}#${row.ordinal}`,
  };
}
