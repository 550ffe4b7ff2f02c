import { orm } from '@tidemark/db/orm';
import { datasets } from '@tidemark/db/schema/datasets';
import { and, desc, eq, lt } from 'drizzle-orm';
import type { Dataset } from '../contract/datasets.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { datasetFields, toDataset } from './rows.ts';

/** A page of the versions of one name, newest first. Errors: not_found, invalid_request. */
export async function datasetVersions(
  deps: Deps,
  name: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ versions: Dataset[]; next: string | null }> {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(decodeCursor(cursor, 1)[0]);
  const rows = await orm(deps.db)
    .select(datasetFields)
    .from(datasets)
    .where(and(eq(datasets.name, name), lt(datasets.version, before)))
    .orderBy(desc(datasets.version))
    .limit(limit + 1);
  if (rows.length === 0 && cursor === undefined) throw notFound(`dataset ${name}`);
  const versions = rows.slice(0, limit).map(toDataset);
  return { versions, next: rows.length > limit ? encodeCursor([versions.at(-1)!.version]) : null };
}
