import { COMING_IN } from '../archive/coming-in.ts';
import type { Deps, Principal } from '../deps.ts';
import { projectEvent } from '../event.ts';

/** Makes what is in the trash due now, so that the next ticks remove it; all of it, or these runs. Answers how many. */
export async function emptyTrash(
  deps: Deps,
  principal: Principal,
  runs: readonly string[] | undefined,
): Promise<{ runs: number }> {
  const now = deps.now();
  const due = now - deps.limits.trashDays * 86_400_000;
  const [counted] = await deps.db.batch([
    {
      sql: `SELECT COUNT(*) AS n FROM runs WHERE deleted_at IS NOT NULL AND NOT ${COMING_IN} ${runs ? 'AND id IN (SELECT value FROM json_each(?))' : ''}`,
      params: runs ? [JSON.stringify(runs)] : [],
    },
    {
      sql: `UPDATE runs SET deleted_at = ? WHERE deleted_at > ? AND NOT ${COMING_IN} ${runs ? 'AND id IN (SELECT value FROM json_each(?))' : ''}`,
      params: [due, due, ...(runs ? [JSON.stringify(runs)] : [])],
    },
  ]);
  const count = Number(counted![0]!.n);
  if (count > 0) {
    await deps.db.batch([
      projectEvent({ at: now, actor: principal.name, type: 'trash.emptied', detail: { runs: count } }),
    ]);
    deps.schedule(now);
  }
  return { runs: count };
}
