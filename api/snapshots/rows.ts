import type { snapshots } from '@tidemark/db/schema/views';
import type { Snapshot } from '../contract/views.ts';

type SnapshotRow = typeof snapshots.$inferSelect;

export const snapshotOf = (row: SnapshotRow): Snapshot => ({
  id: row.id,
  experimentId: row.experiment_id,
  viewId: row.view_id,
  name: row.name,
  createdAt: row.created_at,
  createdBy: row.created_by,
  runs: row.runs,
  size: row.size,
});
