import { DatabaseError, type Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Model, updateModel as route } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { modelEvent } from './event.ts';
import { findModel } from './find.ts';
import { changeTags } from './tags.ts';

/** Renames, describes and tags a model; its versions and aliases go with it. Errors: not_found, conflict (the name is taken). */
export async function updateModel(
  deps: Deps,
  principal: Principal,
  current: string,
  { name, description, tags }: z.output<typeof route.body>,
): Promise<Model> {
  const before = await findModel(deps, current);
  const now = deps.now();
  const when = { sql: 'models.id = ?', params: [before.id] };
  const said = (action: string, detail: Record<string, unknown> = {}): Statement =>
    modelEvent({ at: now, actor: principal.name, action, detail }, when);
  const statements: Statement[] = [];
  if (tags) statements.push(...changeTags(tags, 0, when), said('tagged', { tags }));
  if (description !== undefined && description !== before.description) statements.push(said('described'));
  if (name !== undefined && name !== before.name) statements.push(said('renamed', { from: before.name, to: name }));
  if (statements.length === 0) return before;
  statements.push({
    sql: 'UPDATE models SET name = COALESCE(?, name), description = COALESCE(?, description), updated_at = ? WHERE id = ?',
    params: [name ?? null, description ?? null, now, before.id],
  });
  try {
    await deps.db.batch(statements);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'constraint') throw error;
    throw new ApiError('conflict', `There is a model ${name} already.`, { hint: 'Take another name.' });
  }
  deps.signals.publish('changes');
  return findModel(deps, name ?? before.name);
}
