import type * as z from 'zod';
import type { RunBrief } from '../contract/lineage.ts';
import type { Deps } from '../deps.ts';
import { BRIEF, briefOf } from './brief.ts';

/** Runs that started from any of some bytes, newest first, at most 1,000; none of the trash. */
export async function startedFrom(deps: Deps, digests: readonly string[]): Promise<z.output<typeof RunBrief>[]> {
  const rows = await deps.db.all(
    `SELECT ${BRIEF} WHERE runs.deleted_at IS NULL AND runs.id IN (
       SELECT run FROM params WHERE key = 'init.digest' AND value IN (SELECT value FROM json_each(?)))
     ORDER BY runs.created_at DESC, runs.id DESC LIMIT 1000`,
    [JSON.stringify(digests)],
  );
  return rows.map(briefOf);
}
