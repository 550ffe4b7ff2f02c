import { orm } from '@tidemark/db/orm';
import { datasetParts } from '@tidemark/db/schema/datasets';
import { and, between, eq } from 'drizzle-orm';
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
  const { dataset_id, part, data } = datasetParts;
  const last = first + limit - 1;
  const parts = between(part, Math.floor(first / FILES_PER_PART), Math.floor(last / FILES_PER_PART));
  const rows = await orm(deps.db)
    .select({ data })
    .from(datasetParts)
    .where(and(eq(dataset_id, dataset.id), parts))
    .orderBy(part);
  const all = rows.flatMap(({ data }) => JSON.parse(data) as [path: string, digest: string, size: number][]);
  const skip = first % FILES_PER_PART;
  const files = all.slice(skip, skip + limit).map(([path, digest, size]) => ({ path, digest, size }));
  const end = first + files.length;
  return { files, next: end < dataset.files ? String(end) : null };
}
