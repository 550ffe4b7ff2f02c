import type { SqlValue } from '@tidemark/db/database';
import type { Model } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';
import { findModel } from './find.ts';
import { moveAliases } from './move-aliases.ts';

interface Setting {
  readonly alias: string;
  readonly version: number;
  /** What it must name now (null: nothing). */
  readonly expected?: number | null | undefined;
}

/** Makes an alias name a version, in one step. Errors: not_found, conflict (it does not name what was expected). */
export async function setModelAlias(
  deps: Deps,
  principal: Principal,
  name: string,
  { alias, version, expected }: Setting,
): Promise<Model> {
  const now = deps.now();
  const exists = 'EXISTS (SELECT 1 FROM model_versions WHERE model_id = models.id AND version = ?)';
  const current = '(SELECT b.version FROM model_aliases AS b WHERE b.model_id = models.id AND b.alias = ?)';
  const [only, onlyParams]: [string, SqlValue[]] =
    expected === undefined ? ['', []] : [` AND ${current} IS ?`, [alias, expected]];
  const results = await deps.db.batch([
    ...moveAliases(
      { aliases: [alias], version: { sql: '?', params: [version] }, at: now, actor: principal.name },
      { sql: `models.name = ? AND ${exists}${only}`, params: [name, version, ...onlyParams] },
    ),
    {
      sql: `UPDATE models SET updated_at = ? WHERE name = ? AND EXISTS (
              SELECT 1 FROM model_aliases WHERE model_id = models.id AND alias = ? AND changed_at = ?)`,
      params: [now, name, alias, now],
    },
  ]);
  const model = await findModel(deps, name);
  if (results[1]!.length === 0) {
    const named = model.aliases.find((one) => one.alias === alias)?.version ?? null;
    if (expected !== undefined && named !== expected) {
      const what = named === null ? 'names no version' : `names version ${named}`;
      throw new ApiError('conflict', `@${alias} of ${name} ${what}.`, { hint: 'Somebody changed it: look again.' });
    }
    throw notFound(`version ${version} of ${name}`);
  }
  deps.signals.publish('changes');
  return model;
}
