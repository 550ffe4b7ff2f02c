import type { Model } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { MODEL, toModel } from './rows.ts';

/** Errors: not_found. */
export async function findModel(deps: Deps, name: string): Promise<Model> {
  const [row] = await deps.db.all(`SELECT ${MODEL} FROM models WHERE models.name = ?`, [name]);
  if (!row) throw notFound(`model ${name}`);
  return toModel(row);
}
