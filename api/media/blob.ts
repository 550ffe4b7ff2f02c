import type { Row } from '@tidemark/db/database';
import type { ServePlan } from '../blobs/serve.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';

/** How to serve an image of a run's media. Errors: not_found: none of this run's shows such bytes. */
export async function mediaBlob(deps: Deps, run: string, digest: string): Promise<ServePlan> {
  const [row] = await deps.db.all<Row & { content_type: string; size: number }>(
    `SELECT media_blobs.content_type, blobs.size FROM media_blobs JOIN media ON media.id = media_blobs.media
     JOIN blobs ON blobs.digest = media_blobs.digest WHERE media_blobs.digest = ? AND media.run = ? LIMIT 1`,
    [digest, run],
  );
  if (!row) throw notFound(`image ${digest} of run ${run}`);
  return { digest, size: row.size, contentType: row.content_type, filename: null, immutable: true };
}
