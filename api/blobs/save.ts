import type { Deps } from '../deps.ts';
import type { StoredAs } from './store.ts';
import { scheduleSweep, sweepWanted } from './sweep.ts';

/** Records that the store has these bytes. Nothing names them yet. */
export async function saveBlob(deps: Deps, { digest, size }: StoredAs): Promise<StoredAs> {
  const now = deps.now();
  await deps.db.batch([
    {
      sql: 'INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET created_at = excluded.created_at',
      params: [digest, size, now],
    },
    sweepWanted(now),
  ]);
  scheduleSweep(deps);
  return { digest, size };
}
