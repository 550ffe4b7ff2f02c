import type { Row, SqlValue, Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { ModelVersion, createModelVersion as route } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { notFound } from '../errors.ts';
import { findModel } from './find.ts';
import { findVersion } from './find-version.ts';
import { moveAliases } from './move-aliases.ts';
import { newModel } from './new-model.ts';
import { modelSource, type Source } from './source.ts';

type Body = z.output<typeof route.body>;

/** Holds of the model once its next version is inserted, until the batch's last statement counts it. */
const inserted = (name: string): { sql: string; params: SqlValue[] } => ({
  sql: `models.name = ? AND EXISTS (
    SELECT 1 FROM model_versions AS v WHERE v.model_id = models.id AND v.version = models.next_version)`,
  params: [name],
});

/**
 * Registers a model's next version, in one batch: it has the files that its source has in that moment, by their content, so nothing
 * that happens to the run later changes it. Errors: not_found (model, run, checkpoint, artifact).
 */
export async function createModelVersion(
  deps: Deps,
  principal: Principal,
  name: string,
  body: Body,
): Promise<ModelVersion> {
  if (!body.createModel) await findModel(deps, name);
  const source = await modelSource(deps, body.source);
  const at = deps.now();
  const actor = principal.name;
  const fresh = inserted(name);
  const first = body.createModel ? newModel({ name, description: '', at, actor }) : [];
  const results = await deps.db.batch([
    ...first,
    ...insertVersion(source, { name, description: body.description ?? '', at, actor }),
    {
      sql: `INSERT INTO model_tags (model_id, version, key, value)
            SELECT models.id, models.next_version, tag.key, tag.value FROM models, json_each(?) AS tag WHERE ${fresh.sql}`,
      params: [JSON.stringify(body.tags ?? {}), ...fresh.params],
    },
    {
      sql: `INSERT INTO events (at, actor, type, detail)
            SELECT ?, ?, 'model', json_object('action', 'version', 'model', models.id, 'name', models.name,
              'version', models.next_version, 'source', ?) FROM models WHERE ${fresh.sql}`,
      params: [at, actor, source.source, ...fresh.params],
    },
    ...moveAliases(
      { aliases: body.aliases ?? [], version: { sql: 'models.next_version', params: [] }, at, actor },
      fresh,
    ),
    {
      sql: `UPDATE models SET next_version = next_version + 1, updated_at = ? WHERE ${fresh.sql}`,
      params: [at, ...fresh.params],
    },
  ]);
  const [made] = results[first.length] as Row[];
  if (!made) {
    await findModel(deps, name);
    throw notFound(`${source.source} any more`);
  }
  deps.signals.publish('changes');
  return (await findVersion(deps, name, String(made.version))).version;
}

interface NewVersion {
  readonly name: string;
  readonly description: string;
  readonly at: number;
  readonly actor: string;
}

/** The version, unless its files are gone meanwhile, and its files. */
function insertVersion(source: Source, { name, description, at, actor }: NewVersion): Statement[] {
  const { files } = source;
  const sums = files
    ? {
        sql: `(SELECT COUNT(*) AS files, COALESCE(SUM(size), 0) AS size FROM (${files.sql})) AS sums WHERE sums.files > 0 AND`,
        params: files.params,
      }
    : { sql: '(SELECT 0 AS files, 0 AS size) AS sums WHERE', params: [] };
  const fresh = inserted(name);
  const version: Statement = {
    sql: `INSERT INTO model_versions (model_id, version, kind, source, run, description, status, files, size, lineage, config,
            created_at, created_by, updated_at)
          SELECT models.id, models.next_version, ?, ?, ?, ?, 'ready', sums.files, sums.size, ?, ?, ?, ?, ?
          FROM models, ${sums.sql} models.name = ? RETURNING version`,
    params: [
      source.kind,
      source.source,
      source.run,
      description,
      JSON.stringify(source.lineage),
      source.config,
      at,
      actor,
      at,
      ...sums.params,
      name,
    ],
  };
  if (!files) return [version];
  return [
    version,
    {
      sql: `INSERT INTO model_files (model_id, version, path, digest, size, content_type)
            SELECT models.id, models.next_version, file.path, file.digest, file.size, file.content_type
            FROM models, (${files.sql}) AS file WHERE ${fresh.sql}`,
      params: [...files.params, ...fresh.params],
    },
  ];
}
