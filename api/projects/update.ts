import type { Row } from '@tidemark/db/database';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { forgetState, projectState, type State } from './state.ts';
import { tellFigures } from './tell.ts';

/** Milliseconds in which a run without a lease counts as being written. */
const RECENT = 600_000;

/**
 * Gives the project another title, archives it or takes it back; answers how it was and is. It is not archived while somebody writes a
 * run: that one's calls would be refused from then on. Errors: conflict.
 */
export async function updateProject(
  deps: Deps,
  by: Principal,
  { title, archived }: { title?: string | undefined; archived?: boolean | undefined },
): Promise<{ before: State; after: State }> {
  const before = await projectState(deps);
  const now = deps.now();
  const written = 'EXISTS (SELECT 1 FROM live WHERE expires > ? OR touched_at > ?)';
  const rows = await deps.db.all<Row>(
    `UPDATE project SET title = COALESCE(?, title),
       archived_at = CASE ? WHEN 1 THEN COALESCE(archived_at, ?) WHEN 0 THEN NULL ELSE archived_at END,
       archived_by = CASE ? WHEN 1 THEN COALESCE(archived_by, ?) WHEN 0 THEN NULL ELSE archived_by END
     WHERE id = 1 AND NOT (COALESCE(?, 0) = 1 AND archived_at IS NULL AND ${written}) RETURNING id`,
    [title ?? null, flag(archived), now, flag(archived), by.email ?? by.name, flag(archived), now, now - RECENT],
  );
  if (rows.length === 0) {
    const [live] = await deps.db.all('SELECT COUNT(*) AS n FROM live WHERE expires > ? OR touched_at > ?', [
      now,
      now - RECENT,
    ]);
    const n = Number(live?.n ?? 0);
    throw new ApiError(
      'conflict',
      `${n === 1 ? 'A run is' : `${n} runs are`} being written just now: the project cannot be archived.`,
      {
        hint: 'Cancel them, or wait until they end.',
      },
    );
  }
  forgetState(deps);
  const after = await projectState(deps);
  await tellFigures(deps);
  return { before, after };
}

const flag = (value: boolean | undefined): number | null => (value === undefined ? null : Number(value));
