import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { findBlob } from './find.ts';
import type { StoredAs } from './store.ts';
import { keepBlob, scheduleSweep, sweepWanted } from './sweep.ts';
import { type OpenUpload, partCount, requireUpload } from './upload.ts';

/** An upload that is ready to be joined, or the blob when that was done before. Errors: not_found, conflict (parts are missing). */
export async function readyUpload(deps: Deps, digest: string): Promise<OpenUpload | StoredAs> {
  await keepBlob(deps, digest);
  const known = await findBlob(deps, digest);
  if (known) return known;
  const upload = await requireUpload(deps, digest);
  const there = new Set(upload.parts.map(({ part }) => part));
  const missing = Array.from({ length: partCount(upload) }, (_, i) => i + 1).filter((part) => !there.has(part));
  if (missing.length > 0) {
    const shown = missing.slice(0, 20).join(', ');
    throw new ApiError('conflict', `Parts are missing: ${shown}${missing.length > 20 ? ', …' : ''}.`);
  }
  await deps.db.all('UPDATE uploads SET touched_at = ? WHERE digest = ?', [deps.now(), digest]);
  return upload;
}

/** The blob is whole and stored: its row, and no upload any more. Nothing names it yet. */
export async function saveUpload(deps: Deps, { digest, size }: StoredAs): Promise<StoredAs> {
  const now = deps.now();
  await deps.db.batch([
    {
      sql: `INSERT INTO blobs (digest, size, created_at) VALUES (?, ?, ?)
            ON CONFLICT (digest) DO UPDATE SET created_at = excluded.created_at`,
      params: [digest, size, now],
    },
    { sql: 'DELETE FROM uploads WHERE digest = ?', params: [digest] },
    sweepWanted(now),
  ]);
  scheduleSweep(deps);
  return { digest, size };
}
