import { orm } from '@tidemark/db/orm';
import { artifacts } from '@tidemark/db/schema/artifacts';
import { and, eq } from 'drizzle-orm';
import { scheduleSweep, sweepWanted } from '../blobs/sweep.ts';
import type { Deps, Principal } from '../deps.ts';
import { notFound } from '../errors.ts';
import { runEvent } from '../event.ts';
import { touchRun } from '../runs/touch.ts';

/** Removes an artifact's row; its bytes may be others' too and stay until a collection finds them unused. Errors: not_found. */
export async function deleteArtifact(deps: Deps, principal: Principal, run: string, path: string): Promise<void> {
  const gone = await orm(deps.db)
    .delete(artifacts)
    .where(and(eq(artifacts.run, run), eq(artifacts.path, path)))
    .returning({ path: artifacts.path });
  if (gone.length === 0) throw notFound(`artifact ${path} of run ${run}`);
  const event = { at: deps.now(), actor: principal.name, type: 'artifact_deleted', detail: { path } };
  await deps.db.batch([runEvent(run, event), sweepWanted(event.at)]);
  scheduleSweep(deps);
  touchRun(deps, run);
}
