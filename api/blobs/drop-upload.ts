import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';

/** Gives up an upload: its row first, so that no part counts any more, then the store's bytes. Again is success. */
export async function dropUpload(deps: Deps, digest: string): Promise<boolean> {
  const [gone] = await deps.db.all<Row & { handle: string }>('DELETE FROM uploads WHERE digest = ? RETURNING handle', [
    digest,
  ]);
  if (gone) await deps.blobs.parts.abort(gone.handle);
  return gone !== undefined;
}
