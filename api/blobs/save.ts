import type { Deps } from '../deps.ts';
import type { StoredAs } from './store.ts';

/** Records that the store has these bytes. */
export async function saveBlob(deps: Deps, { digest, size }: StoredAs): Promise<StoredAs> {
  await deps.db.all('INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING', [
    digest,
    size,
    deps.now(),
  ]);
  return { digest, size };
}
