import type { UploadOffer } from '../contract/uploads.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { findBlob } from './find.ts';
import type { StoredAs } from './store.ts';
import { keepBlob } from './sweep.ts';
import { findUpload, type OpenUpload, partSizeOf, showUpload, UPLOAD_KEPT } from './upload.ts';

/**
 * What there is to do for a blob: nothing, if its bytes are stored; to go on with an upload that anybody began; or a new one. What fits
 * one part gets none, unless it can go straight to the store: it is sent in one request. Errors: conflict, too_large, unavailable.
 */
export async function beginUpload(deps: Deps, blob: StoredAs): Promise<UploadOffer> {
  const { digest, size } = blob;
  await keepBlob(deps, digest);
  const known = await findBlob(deps, digest);
  if (known && known.size !== size) throw invalid(['size'], `${digest} is stored, and has ${known.size} bytes`);
  if (known) return { stored: true, upload: null };
  if (size > deps.limits.upload) {
    const most = Math.floor(deps.limits.upload / 2 ** 30);
    throw new ApiError('too_large', `More than ${most} GiB in one file.`);
  }
  const partSize = partSizeOf(size);
  const open = await findUpload(deps, digest);
  if (open) return { stored: false, upload: showUpload(deps, sameSize(open, size)) };
  if (size === 0 || (size <= partSize && !deps.blobs.direct)) return { stored: false, upload: null };

  const now = deps.now();
  const handle = await deps.blobs.parts.begin(blob);
  const [begun] = await deps.db.batch([
    {
      sql: `INSERT INTO uploads (digest, size, part_size, handle, created_at, touched_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING RETURNING digest`,
      params: [digest, size, partSize, handle, now, now],
    },
    {
      sql: "INSERT INTO upkeep (name, due) VALUES ('uploads', ?) ON CONFLICT (name) DO NOTHING",
      params: [now + UPLOAD_KEPT],
    },
  ]);
  deps.schedule(now + UPLOAD_KEPT);
  if (begun!.length > 0) {
    return { stored: false, upload: showUpload(deps, { ...blob, partSize, handle, touchedAt: now, parts: [] }) };
  }
  // Somebody was quicker: both send parts of one upload.
  await deps.blobs.parts.abort(handle);
  const theirs = await findUpload(deps, digest);
  return { stored: false, upload: theirs && showUpload(deps, sameSize(theirs, size)) };
}

function sameSize(upload: OpenUpload, size: number): OpenUpload {
  if (upload.size === size) return upload;
  throw new ApiError('conflict', `An upload of ${upload.digest} says that it has ${upload.size} bytes.`, {
    hint: `Give that one up first: DELETE /blobs/${upload.digest}/parts`,
  });
}
