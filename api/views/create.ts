import { DatabaseError } from '@tidemark/db/database';
import type { views } from '@tidemark/db/schema/views';
import type * as z from 'zod';
import type { createView as route, View } from '../contract/views.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { projectEvent } from '../event.ts';
import { getExperiment } from '../experiments/get.ts';
import { viewOf } from './rows.ts';
import { checkState } from './state.ts';

type Body = z.output<typeof route.body>;

/** Errors: invalid_request, not_found (the experiment), conflict (its name). */
export async function createView(deps: Deps, principal: Principal, { experiment, name, state }: Body): Promise<View> {
  if (experiment !== null) await getExperiment(deps, experiment);
  checkState(deps, state);
  const now = deps.now();
  try {
    const [rows] = (await deps.db.batch([
      {
        sql: `INSERT INTO views (experiment_id, name, owner, created_at, updated_at, updated_by, state)
              VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        params: [experiment, name, principal.name, now, now, principal.name, JSON.stringify(state)],
      },
      projectEvent({ at: now, actor: principal.name, type: 'view.created', detail: { name } }, experiment),
    ])) as unknown as [(typeof views.$inferSelect)[]];
    deps.signals.publish('changes');
    return viewOf(rows[0]!);
  } catch (error) {
    throw viewNameTaken(error, name);
  }
}

/** The only rule of the table that a request can break is that an experiment's names differ. */
export function viewNameTaken(error: unknown, name: string): unknown {
  if (!(error instanceof DatabaseError) || error.kind !== 'constraint') return error;
  return new ApiError('conflict', `There is a view named “${name}” already.`);
}
