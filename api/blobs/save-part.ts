import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import type { PartPlace } from './store.ts';

/** Between two signs of life that are written down. */
const OFTEN = 600_000;

/** Records that the store has a part. Errors: not_found, when the upload was given up meanwhile. */
export async function savePart(
  deps: Deps,
  upload: string,
  { part, digest, size }: PartPlace,
  receipt: string,
): Promise<{ part: number; digest: string; size: number }> {
  const now = deps.now();
  const [saved] = await deps.db.batch([
    {
      sql: `INSERT INTO upload_parts (upload, part, digest, receipt) SELECT digest, ?, ?, ? FROM uploads WHERE digest = ?
            ON CONFLICT (upload, part) DO UPDATE SET digest = excluded.digest, receipt = excluded.receipt RETURNING part`,
      params: [part, digest, receipt, upload],
    },
    {
      sql: 'UPDATE uploads SET touched_at = ? WHERE digest = ? AND touched_at < ?',
      params: [now, upload, now - OFTEN],
    },
  ]);
  if (saved!.length === 0) throw notFound(`upload of ${upload}: it was given up`);
  return { part, digest, size };
}
