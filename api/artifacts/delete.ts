import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { touchRun } from '../runs/touch.ts';

/** Removes an artifact's row; its bytes may be others' too and stay until a collection finds them unused. Errors: not_found. */
export async function deleteArtifact(deps: Deps, run: string, path: string): Promise<void> {
  const [gone] = await deps.db.all('DELETE FROM artifacts WHERE run = ? AND path = ? RETURNING path', [run, path]);
  if (!gone) throw notFound(`artifact ${path} of run ${run}`);
  touchRun(deps, run);
}
