import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { ARTIFACT_COLUMNS, type ArtifactRow, toArtifact } from './rows.ts';

/** Errors: not_found. */
export async function findArtifact(deps: Deps, run: string, path: string): Promise<Artifact> {
  const [row] = await deps.db.all<ArtifactRow>(`SELECT ${ARTIFACT_COLUMNS} FROM artifacts WHERE run = ? AND path = ?`, [
    run,
    path,
  ]);
  if (!row) throw notFound(`artifact ${path} of run ${run}`);
  return toArtifact(row);
}
