import type { snapshots } from '@tidemark/db/schema/views';
import type { Snapshot } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { snapshotOf } from './rows.ts';

/** The newest first. */
export async function listSnapshots(
  { db }: Deps,
  { experiment, view }: { experiment?: number | undefined; view?: number | undefined },
): Promise<Snapshot[]> {
  const rows = await db.all<typeof snapshots.$inferSelect>(
    `SELECT * FROM snapshots WHERE (? IS NULL OR experiment_id = ?) AND (? IS NULL OR view_id = ?)
     ORDER BY created_at DESC, id LIMIT 1000`,
    [experiment ?? null, experiment ?? null, view ?? null, view ?? null],
  );
  return rows.map(snapshotOf);
}
