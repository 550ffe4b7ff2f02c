import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { ARTIFACT_COLUMNS, type ArtifactRow, toArtifact } from './rows.ts';

/** By path, those that begin with a prefix. Errors: not_found. */
export async function listArtifacts(deps: Deps, run: string, prefix = ''): Promise<Artifact[]> {
  await requireRun(deps, run);
  const rows = await deps.db.all<ArtifactRow>(
    `SELECT ${ARTIFACT_COLUMNS} FROM artifacts WHERE run = ? AND substr(path, 1, length(?)) = ? ORDER BY path LIMIT 10000`,
    [run, prefix, prefix],
  );
  return rows.map(toArtifact);
}
