import type { Deps, Principal } from '../deps.ts';
import { notFound } from '../errors.ts';
import { projectEvent } from '../event.ts';

/** Errors: not_found. */
export async function deleteSnapshot(deps: Deps, principal: Principal, id: string): Promise<void> {
  const [row] = await deps.db.all<{ name: string; experiment_id: number | null }>(
    'DELETE FROM snapshots WHERE id = ? RETURNING name, experiment_id',
    [id],
  );
  if (!row) throw notFound(`snapshot ${id}`);
  const event = { at: deps.now(), actor: principal.name, type: 'snapshot.deleted', detail: { name: row.name } };
  await deps.db.batch([projectEvent(event, row.experiment_id)]);
}
