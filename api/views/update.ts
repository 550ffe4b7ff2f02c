import type { views } from '@tidemark/db/schema/views';
import type * as z from 'zod';
import type { updateView as route, View } from '../contract/views.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { viewNameTaken } from './create.ts';
import { getView } from './get.ts';
import { viewOf } from './rows.ts';
import { checkState } from './state.ts';

type Body = z.output<typeof route.body>;

/** Only on top of the version that was read: the later of two writers is told, not obeyed. Errors: not_found, conflict, invalid_request. */
export async function updateView(deps: Deps, principal: Principal, id: number, body: Body): Promise<View> {
  const { version, name, state } = body;
  const before = await getView(deps, id);
  if (state) checkState(deps, state);
  try {
    const [row] = await deps.db.all<typeof views.$inferSelect>(
      `UPDATE views SET name = COALESCE(?, name), state = COALESCE(?, state), version = version + 1, updated_at = ?, updated_by = ?
       WHERE id = ? AND version = ? RETURNING *`,
      [name ?? null, state ? JSON.stringify(state) : null, deps.now(), principal.name, id, version],
    );
    if (row) {
      deps.signals.publish('changes');
      return viewOf(row);
    }
  } catch (error) {
    throw viewNameTaken(error, name ?? before.name);
  }
  const now = await getView(deps, id);
  throw new ApiError('conflict', `${now.updatedBy} changed the view “${now.name}” meanwhile.`, {
    hint: `It is at version ${now.version}, not ${version}: read it again.`,
  });
}
