import { orm } from '@tidemark/db/orm';
import { environments } from '@tidemark/db/schema/records';
import { desc, eq } from 'drizzle-orm';
import type { Environment } from '../contract/environment.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from '../runs/require.ts';

interface Read {
  readonly attempt: number;
  readonly savedAt: number;
  readonly environment: Environment;
}

/** What each attempt ran on, the newest first. Errors: not_found. */
export async function readEnvironments(deps: Deps, run: string): Promise<Read[]> {
  await requireRun(deps, run);
  const rows = await orm(deps.db)
    .select()
    .from(environments)
    .where(eq(environments.run, run))
    .orderBy(desc(environments.attempt))
    .limit(100);
  return rows.map(({ attempt, created_at, data }) => ({
    attempt,
    savedAt: created_at,
    environment: JSON.parse(data) as Environment, // checked on its way in
  }));
}
