import { DatabaseError } from '@tidemark/db/database';
import { orm } from '@tidemark/db/orm';
import { experiments } from '@tidemark/db/schema/experiments';
import type { Experiment } from '../contract/experiments.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { getExperiment } from './get.ts';
import { slugOf } from './slug.ts';

/** Errors: conflict, when the name is taken. */
export async function createExperiment(deps: Deps, principal: Principal, name: string): Promise<Experiment> {
  const now = deps.now();
  const db = orm(deps.db);
  const row = { name, slug: slugOf(name), created_at: now };
  try {
    const [created] = await db.batch([
      db.insert(experiments).values(row).returning({ id: experiments.id }),
      {
        sql: `INSERT INTO events (at, actor, type, experiment_id, detail)
              SELECT ?, ?, 'experiment.created', id, json_object('name', name) FROM experiments WHERE name = ?`,
        params: [now, principal.name, name],
      },
    ]);
    deps.signals.publish('changes');
    return await getExperiment(deps, created[0]!.id);
  } catch (error) {
    throw nameTaken(error, name);
  }
}

/** The only rule of the table that a request can break is that names differ. */
export function nameTaken(error: unknown, name: string): unknown {
  if (!(error instanceof DatabaseError) || error.kind !== 'constraint') return error;
  return new ApiError('conflict', `There is an experiment named “${name}” already.`, { hint: 'It may be archived.' });
}
