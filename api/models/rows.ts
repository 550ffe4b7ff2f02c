import type { Row } from '@tidemark/db/database';
import type { Model, ModelVersion } from '../contract/models.ts';

/** A model's columns as `toModel` reads them, of `models`. */
export const MODEL = `models.id, models.name, models.description, models.created_at, models.created_by, models.updated_at,
  (SELECT COUNT(*) FROM model_versions WHERE model_id = models.id) AS versions,
  (SELECT MAX(version) FROM model_versions WHERE model_id = models.id) AS latest,
  (SELECT json_group_array(json_object('alias', alias, 'version', version)) FROM model_aliases
    WHERE model_id = models.id) AS aliases,
  (SELECT json_group_object(key, value) FROM model_tags WHERE model_id = models.id AND version = 0) AS tags`;

export const toModel = (row: Row): Model => ({
  id: Number(row.id),
  name: String(row.name),
  description: String(row.description),
  tags: JSON.parse(String(row.tags)),
  aliases: JSON.parse(String(row.aliases)),
  versions: Number(row.versions),
  latest: row.latest === null ? null : Number(row.latest),
  createdAt: Number(row.created_at),
  createdBy: String(row.created_by),
  updatedAt: Number(row.updated_at),
});

/** A version's columns as `toVersion` reads them, of `models` joined with `model_versions AS v`. */
export const VERSION = `models.id AS model_id, models.name AS model, v.version, v.kind, v.source, v.run, v.status, v.description, v.stage,
  v.files, v.size, v.lineage, v.created_at, v.created_by, v.updated_at,
  (SELECT json_group_array(alias) FROM model_aliases AS a WHERE a.model_id = v.model_id AND a.version = v.version) AS aliases,
  (SELECT json_group_object(key, value) FROM model_tags AS t WHERE t.model_id = v.model_id AND t.version = v.version) AS tags`;

// Written by `createModelVersion`, from what the contract and the schema check.
export const toVersion = (row: Row): ModelVersion => ({
  model: String(row.model),
  version: Number(row.version),
  kind: row.kind as ModelVersion['kind'],
  source: String(row.source),
  run: row.run === null ? null : String(row.run),
  status: row.status as ModelVersion['status'],
  aliases: JSON.parse(String(row.aliases)),
  description: String(row.description),
  tags: JSON.parse(String(row.tags)),
  stage: row.stage as ModelVersion['stage'],
  files: Number(row.files),
  size: Number(row.size),
  lineage: JSON.parse(String(row.lineage)),
  createdAt: Number(row.created_at),
  createdBy: String(row.created_by),
  updatedAt: Number(row.updated_at),
});
