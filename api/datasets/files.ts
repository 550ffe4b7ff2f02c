import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { findDataset } from './find.ts';
import { FILES_PER_PART, type File } from './manifest.ts';

/** A page of a version's files by path; the cursor is the number of files before the page. Errors: not_found, invalid_request. */
export async function datasetFiles(
  deps: Deps,
  ref: string,
  { limit, cursor = '0' }: { limit: number; cursor?: string | undefined },
): Promise<{ files: File[]; next: string | null }> {
  if (!/^\d{1,9}$/.test(cursor)) throw invalid(['query', 'cursor'], 'is not a cursor of this list', { value: cursor });
  const first = Number(cursor);
  const dataset = await findDataset(deps, ref);
  const rows = await deps.db.all<{ part: number; data: string }>(
    'SELECT part, data FROM dataset_parts WHERE dataset_id = ? AND part BETWEEN ? AND ? ORDER BY part',
    [dataset.id, Math.floor(first / FILES_PER_PART), Math.floor((first + limit - 1) / FILES_PER_PART)],
  );
  const all = rows.flatMap(({ data }) => JSON.parse(data) as [path: string, digest: string, size: number][]);
  const skip = first % FILES_PER_PART;
  const files = all.slice(skip, skip + limit).map(([path, digest, size]) => ({ path, digest, size }));
  const end = first + files.length;
  return { files, next: end < dataset.files ? String(end) : null };
}
