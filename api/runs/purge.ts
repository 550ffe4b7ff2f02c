import type { Row } from '@tidemark/db/database';
import { COMING_IN } from '../archive/coming-in.ts';
import { sweepWanted } from '../blobs/sweep.ts';
import type { Deps } from '../deps.ts';

const DAY = 86_400_000;

/** Removes runs that lay in the trash for their days: their rows; `sweepBlobs` finds the bytes. */
export async function purgeTrash(deps: Deps): Promise<void> {
  const now = deps.now();
  const rows = await deps.db.all<Row & { id: string; experiment_id: number }>(
    `SELECT id, experiment_id FROM runs WHERE deleted_at <= ? AND NOT ${COMING_IN} LIMIT 20`,
    [now - deps.limits.trashDays * DAY],
  );
  for (const { id, experiment_id } of rows) {
    // The tables that hang from runs are deleted by their foreign keys.
    await deps.db.batch([
      { sql: 'DELETE FROM events WHERE run = ?', params: [id] },
      { sql: 'DELETE FROM runs WHERE id = ? AND deleted_at IS NOT NULL', params: [id] },
      {
        sql: `INSERT INTO events (at, actor, type, experiment_id, detail) VALUES (?, 'server', 'experiment.purged', ?, json_object('run', ?))`,
        params: [now, experiment_id, id],
      },
    ]);
  }
  if (rows.length === 0) return;
  await deps.db.all('DELETE FROM keys WHERE runs = 0 AND experiment_id IN (SELECT value FROM json_each(?))', [
    JSON.stringify([...new Set(rows.map((row) => row.experiment_id))]),
  ]);
  await deps.db.batch([sweepWanted(now)]);
  deps.signals.publish('changes');
}
