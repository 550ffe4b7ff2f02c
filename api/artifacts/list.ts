import { orm } from '@tidemark/db/orm';
import { artifacts } from '@tidemark/db/schema/artifacts';
import { and, eq, gt, sql } from 'drizzle-orm';
import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';
import { artifactFields } from './rows.ts';

interface Page {
  readonly prefix?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** By path, those that begin with a prefix, a page at a time: the cursor is the last path. Errors: not_found. */
export async function listArtifacts(
  deps: Deps,
  run: string,
  { prefix = '', limit = 10_000, cursor = '' }: Page = {},
): Promise<{ artifacts: Artifact[]; next: string | null }> {
  await requireRun(deps, run);
  const begins = sql`substr(${artifacts.path}, 1, length(${prefix})) = ${prefix}`;
  const found = await orm(deps.db)
    .select(artifactFields)
    .from(artifacts)
    .where(and(eq(artifacts.run, run), gt(artifacts.path, cursor), begins))
    .orderBy(artifacts.path)
    .limit(limit + 1);
  const page = found.slice(0, limit);
  return { artifacts: page, next: found.length > limit ? page.at(-1)!.path : null };
}
