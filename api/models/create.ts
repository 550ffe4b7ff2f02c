import type * as z from 'zod';
import type { Model, createModel as route } from '../contract/models.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { findModel } from './find.ts';
import { newModel } from './new-model.ts';
import { changeTags } from './tags.ts';

/** Errors: conflict (the name is taken). */
export async function createModel(
  deps: Deps,
  principal: Principal,
  { name, description = '', tags = {} }: z.output<typeof route.body>,
): Promise<Model> {
  const [insert, event] = newModel({ name, description, at: deps.now(), actor: principal.name });
  // Tags go before the event: that there is none yet tells that the model is this call's.
  const fresh = {
    sql: `models.name = ? AND NOT EXISTS (SELECT 1 FROM events WHERE type = 'model' AND detail ->> '$.model' = models.id)`,
    params: [name],
  };
  const [created] = await deps.db.batch([insert, ...changeTags(tags, 0, fresh), event]);
  if (created!.length === 0) {
    throw new ApiError('conflict', `There is a model ${name} already.`, {
      hint: 'Register versions of it, or take another name.',
    });
  }
  deps.signals.publish('changes');
  return findModel(deps, name);
}
