import type { snapshots } from '@tidemark/db/schema/views';
import type { Snapshot, SnapshotContent } from '../contract/views.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { unpack } from './pack.ts';
import { snapshotOf } from './rows.ts';

/** Errors: not_found. */
export async function getSnapshot({ db }: Deps, id: string): Promise<Snapshot & { content: SnapshotContent }> {
  const [rows, parts] = await db.batch([
    { sql: 'SELECT * FROM snapshots WHERE id = ?', params: [id] },
    { sql: 'SELECT data FROM snapshot_parts WHERE snapshot = ? ORDER BY part', params: [id] },
  ]);
  const [row] = rows as (typeof snapshots.$inferSelect)[];
  if (!row) throw notFound(`snapshot ${id}`);
  // As it was written by `createSnapshot`.
  const content = (await unpack(parts!.map(({ data }) => data as Uint8Array))) as SnapshotContent;
  return { ...snapshotOf(row), content };
}
