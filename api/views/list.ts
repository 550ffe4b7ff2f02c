import type { views } from '@tidemark/db/schema/views';
import type { View } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { viewOf } from './rows.ts';

/** By name: an experiment's and those of all experiments; without an experiment, every one. */
export async function listViews({ db }: Deps, experiment: number | undefined): Promise<View[]> {
  const rows = await db.all<typeof views.$inferSelect>(
    `SELECT * FROM views ${experiment === undefined ? '' : 'WHERE experiment_id = ? OR experiment_id IS NULL'} ORDER BY name, id LIMIT 1000`,
    experiment === undefined ? [] : [experiment],
  );
  return rows.map(viewOf);
}
