import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';

/** `above`: a run (the parameter), its parent, and so on. */
export const ABOVE = `WITH RECURSIVE above (id) AS (SELECT ? UNION SELECT runs.parent FROM above JOIN runs ON runs.id = above.id
  WHERE runs.parent IS NOT NULL)`;

/** A parent must exist, not be in the trash, and not be the run itself or below it. Errors: invalid_request, conflict. */
export async function requireParent({ db }: Deps, parent: string, run: string): Promise<void> {
  const [found, circle] = await db.batch([
    { sql: 'SELECT 1 FROM runs WHERE id = ? AND deleted_at IS NULL', params: [parent] },
    { sql: `${ABOVE} SELECT 1 FROM above WHERE id = ?`, params: [parent, run] },
  ]);
  if (found!.length === 0 && parent !== run) throw invalid(['parent'], `there is no run ${parent}`, { value: parent });
  if (circle!.length > 0) throw new ApiError('conflict', 'A run cannot be below itself.');
}
