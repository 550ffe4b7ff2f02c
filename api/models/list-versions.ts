import type { SqlValue } from '@tidemark/db/database';
import type { ModelVersion } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { findModel } from './find.ts';
import { toVersion, VERSION } from './rows.ts';

interface Query {
  readonly run?: string | undefined;
  readonly stage?: ModelVersion['stage'] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of a model's versions, newest first. Errors: not_found, invalid_request. */
export async function listModelVersions(
  deps: Deps,
  name: string,
  { run, stage, limit, cursor }: Query,
): Promise<{ versions: ModelVersion[]; next: string | null }> {
  const { id } = await findModel(deps, name);
  const conditions = ['models.id = ?'];
  const params: SqlValue[] = [id];
  const only = (sql: string, value: SqlValue): void => {
    conditions.push(sql);
    params.push(value);
  };
  if (run !== undefined) only('v.run = ?', run);
  if (stage !== undefined) only('v.stage = ?', stage);
  if (cursor !== undefined) only('v.version < ?', decodeCursor(cursor, 1)[0]!);
  const rows = await deps.db.all(
    `SELECT ${VERSION} FROM models JOIN model_versions AS v ON v.model_id = models.id WHERE ${conditions.join(' AND ')}
     ORDER BY v.version DESC LIMIT ?`,
    [...params, limit + 1],
  );
  const versions = rows.slice(0, limit).map(toVersion);
  return { versions, next: rows.length > limit ? encodeCursor([versions.at(-1)!.version]) : null };
}
