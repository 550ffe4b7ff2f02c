import type { Deps } from '../deps.ts';
import type { StoredAs } from './store.ts';

/** What is known of a blob; null when the project has none such. */
export async function findBlob(deps: Deps, digest: string): Promise<StoredAs | null> {
  const [row] = await deps.db.all<{ size: number }>('SELECT size FROM blobs WHERE digest = ?', [digest]);
  return row ? { digest, size: row.size } : null;
}
