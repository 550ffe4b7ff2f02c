import { orm } from '@tidemark/db/orm';
import { artifacts } from '@tidemark/db/schema/artifacts';
import { and, eq } from 'drizzle-orm';
import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { artifactFields } from './rows.ts';

/** Errors: not_found. */
export async function findArtifact(deps: Deps, run: string, path: string): Promise<Artifact> {
  const all = orm(deps.db).select(artifactFields).from(artifacts);
  const artifact = await all.where(and(eq(artifacts.run, run), eq(artifacts.path, path))).get();
  if (!artifact) throw notFound(`artifact ${path} of run ${run}`);
  return artifact;
}
