import type { Row } from '@tidemark/db/database';
import type { Upload } from '../contract/uploads.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import type { PartPlace, ReceivedPart, StoredAs } from './store.ts';

/** Milliseconds that an upload is kept after its last sign of life. */
export const UPLOAD_KEPT = 86_400_000;
const MIB = 2 ** 20;
const SMALLEST = 8 * MIB;
const LARGEST = 64 * MIB;

/** An upload as it stands. */
export interface OpenUpload extends StoredAs {
  readonly partSize: number;
  readonly handle: string;
  readonly touchedAt: number;
  readonly parts: readonly ReceivedPart[];
}

/** Bytes of each part but the last: 64 parts, unless they would be under 8 or over 64 MiB. */
export const partSizeOf = (size: number): number =>
  Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(size / 64 / MIB) * MIB));

export const partCount = ({ size, partSize }: Pick<OpenUpload, 'size' | 'partSize'>): number =>
  Math.ceil(size / partSize);

/** Where a part belongs. Errors: not_found, when the upload has no such part. */
export function placeOf(upload: OpenUpload, part: number, digest: string): PartPlace {
  if (part > partCount(upload)) throw notFound(`part ${part}: the upload has ${partCount(upload)}`);
  const offset = (part - 1) * upload.partSize;
  return { part, digest, offset, size: Math.min(upload.partSize, upload.size - offset) };
}

/** Null when nothing is on its way under that digest. */
export async function findUpload(deps: Deps, digest: string): Promise<OpenUpload | null> {
  const [heads, rows] = await deps.db.batch([
    { sql: 'SELECT size, part_size, handle, touched_at FROM uploads WHERE digest = ?', params: [digest] },
    { sql: 'SELECT part, digest, receipt FROM upload_parts WHERE upload = ? ORDER BY part', params: [digest] },
  ]);
  const [head] = heads as (Row & { size: number; part_size: number; handle: string; touched_at: number })[];
  if (!head) return null;
  const upload = { digest, size: head.size, partSize: head.part_size, handle: head.handle, touchedAt: head.touched_at };
  const parts = (rows as (Row & { part: number; digest: string; receipt: string })[]).map(
    ({ part, digest: of, receipt }) => ({ ...placeOf({ ...upload, parts: [] }, part, of), receipt }),
  );
  return { ...upload, parts };
}

/** Errors: not_found. */
export async function requireUpload(deps: Deps, digest: string): Promise<OpenUpload> {
  const upload = await findUpload(deps, digest);
  if (!upload) throw notFound(`upload of ${digest}: it is done, given up, or too old`);
  return upload;
}

export const showUpload = (deps: Deps, { digest, size, partSize, touchedAt, parts }: OpenUpload): Upload => ({
  digest,
  size,
  partSize,
  parts: parts.map(({ part, digest: of, size: bytes }) => ({ part, digest: of, size: bytes })),
  direct: deps.blobs.direct !== undefined,
  expiresAt: touchedAt + UPLOAD_KEPT,
});
