import type { Model } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { notFound } from '../errors.ts';
import { findModel } from './find.ts';

/** Removes an alias. Errors: not_found. */
export async function deleteModelAlias(deps: Deps, principal: Principal, name: string, alias: string): Promise<Model> {
  const { id } = await findModel(deps, name);
  const now = deps.now();
  const results = await deps.db.batch([
    {
      sql: `INSERT INTO events (at, actor, type, detail)
            SELECT ?, ?, 'model', json_object('action', 'alias', 'model', models.id, 'name', models.name, 'alias', a.alias,
              'from', a.version, 'to', NULL)
            FROM models JOIN model_aliases AS a ON a.model_id = models.id WHERE models.id = ? AND a.alias = ?`,
      params: [now, principal.name, id, alias],
    },
    { sql: 'DELETE FROM model_aliases WHERE model_id = ? AND alias = ? RETURNING version', params: [id, alias] },
    { sql: 'UPDATE models SET updated_at = ? WHERE id = ?', params: [now, id] },
  ]);
  if (results[1]!.length === 0) throw notFound(`alias @${alias} of ${name}`);
  deps.signals.publish('changes');
  return findModel(deps, name);
}
