import { orm } from '@tidemark/db/orm';
import { artifacts } from '@tidemark/db/schema/artifacts';
import { and, eq, sql } from 'drizzle-orm';
import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { artifactFields } from './rows.ts';

/** By path, those that begin with a prefix. Errors: not_found. */
export async function listArtifacts(deps: Deps, run: string, prefix = ''): Promise<Artifact[]> {
  await requireRun(deps, run);
  const begins = sql`substr(${artifacts.path}, 1, length(${prefix})) = ${prefix}`;
  const all = orm(deps.db).select(artifactFields).from(artifacts);
  return all
    .where(and(eq(artifacts.run, run), begins))
    .orderBy(artifacts.path)
    .limit(10_000);
}
