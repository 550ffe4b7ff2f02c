import { scheduleSweep, sweepWanted } from '../blobs/sweep.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { modelEvent } from './event.ts';
import { findModel } from './find.ts';

/** Deletes a model with its versions; while an alias names one, only if aliases may go too. Errors: not_found, conflict. */
export async function deleteModel(
  deps: Deps,
  principal: Principal,
  name: string,
  { aliases }: { aliases: 'keep' | 'remove' },
): Promise<void> {
  const { id } = await findModel(deps, name);
  const now = deps.now();
  const when = {
    sql: `models.id = ? AND (? = 'remove' OR NOT EXISTS (SELECT 1 FROM model_aliases WHERE model_id = models.id))`,
    params: [id, aliases],
  };
  const results = await deps.db.batch([
    modelEvent({ at: now, actor: principal.name, action: 'deleted' }, when),
    { sql: `DELETE FROM models WHERE ${when.sql} RETURNING id`, params: when.params },
    sweepWanted(now),
  ]);
  if (results[1]!.length === 0) {
    const { aliases: named } = await findModel(deps, name);
    const list = named.map(({ alias, version }) => `@${alias} names version ${version}`).join(', ');
    throw new ApiError('conflict', `${name} has aliases: ${list}.`, {
      hint: 'Remove them first, or say that they may go too: ?aliases=remove.',
    });
  }
  scheduleSweep(deps);
  deps.signals.publish('changes');
}
