import type { views } from '@tidemark/db/schema/views';
import type { View } from '../contract/views.ts';

type ViewRow = typeof views.$inferSelect;

export const viewOf = (row: ViewRow): View => ({
  id: row.id,
  experimentId: row.experiment_id,
  name: row.name,
  owner: row.owner,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  updatedBy: row.updated_by,
  // Checked on the way in.
  state: JSON.parse(row.state) as View['state'],
});
