import type { SqlValue } from '@tidemark/db/database';
import type { Model } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { MODEL, toModel } from './rows.ts';

/** A page of models by name, those with a text in their name, description or a tag's value. Errors: invalid_request. */
export async function listModels(
  deps: Deps,
  { q, limit, cursor }: { q?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<{ models: Model[]; next: string | null }> {
  const conditions: string[] = ['1'];
  const params: SqlValue[] = [];
  if (q) {
    conditions.push(`(instr(lower(models.name), lower(?)) > 0 OR instr(lower(models.description), lower(?)) > 0 OR EXISTS (
      SELECT 1 FROM model_tags WHERE model_id = models.id AND model_tags.version = 0 AND instr(lower(value), lower(?)) > 0))`);
    params.push(q, q, q);
  }
  if (cursor !== undefined) {
    conditions.push('models.name > ?');
    params.push(decodeCursor(cursor, 1)[0]!);
  }
  const rows = await deps.db.all(
    `SELECT ${MODEL} FROM models WHERE ${conditions.join(' AND ')} ORDER BY models.name LIMIT ?`,
    [...params, limit + 1],
  );
  const models = rows.slice(0, limit).map(toModel);
  return { models, next: rows.length > limit ? encodeCursor([models.at(-1)!.name]) : null };
}
