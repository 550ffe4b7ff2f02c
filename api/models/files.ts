import type { Row } from '@tidemark/db/database';
import type { ModelFile } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { findVersion } from './find-version.ts';

interface Query {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of a version's files by path. Errors: not_found, invalid_request. */
export async function modelFiles(
  deps: Deps,
  name: string,
  ref: string,
  { limit, cursor }: Query,
): Promise<{ files: ModelFile[]; next: string | null }> {
  const { modelId, version } = await findVersion(deps, name, ref);
  const after = cursor === undefined ? '' : decodeCursor(cursor, 1)[0]!;
  const rows = await deps.db.all<Row & ModelFile>(
    `SELECT path, digest, size, content_type AS contentType FROM model_files
     WHERE model_id = ? AND version = ? AND path > ? ORDER BY path LIMIT ?`,
    [modelId, version.version, after, limit + 1],
  );
  const files = rows.slice(0, limit);
  return { files, next: rows.length > limit ? encodeCursor([files.at(-1)!.path]) : null };
}
