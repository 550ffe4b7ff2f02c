import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';

export interface Missing {
  /** The first 1,000. */
  readonly missing: string[];
  readonly missingCount: number;
}

/**
 * Which of a version's blobs the project does not have. Errors: conflict, when one is there with another size than the manifest
 * says: then the manifest is wrong.
 */
export async function missingOf(deps: Deps, datasetId: number): Promise<Missing> {
  const files = `FROM dataset_parts, json_each(dataset_parts.data) AS file
    LEFT JOIN blobs ON blobs.digest = file.value ->> 1 WHERE dataset_parts.dataset_id = ?`;
  const [counted, listed] = await deps.db.batch([
    {
      sql: `SELECT COUNT(DISTINCT CASE WHEN blobs.digest IS NULL THEN file.value ->> 1 END) AS missing,
              MIN(CASE WHEN blobs.size <> file.value ->> 2 THEN file.value ->> 0 END) AS wrong ${files}`,
      params: [datasetId],
    },
    {
      sql: `SELECT DISTINCT file.value ->> 1 AS digest ${files} AND blobs.digest IS NULL LIMIT 1000`,
      params: [datasetId],
    },
  ]);
  const { missing, wrong } = counted![0] as { missing: number; wrong: string | null };
  if (wrong !== null) {
    throw new ApiError('conflict', `The manifest gives ${wrong} another size than its bytes have.`);
  }
  return { missing: listed!.map((row) => String(row.digest)), missingCount: missing };
}
