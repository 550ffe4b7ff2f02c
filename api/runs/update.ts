import type { Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import type { Run, updateRun as route } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { runEvent } from '../event.ts';
import { getRun } from './get.ts';
import { touchRun } from './touch.ts';

type Body = z.output<typeof route.body>;

/** Name, note, tags (null removes one), and the priority of a queued run. Errors: not_found, conflict. */
export async function updateRun(deps: Deps, principal: Principal, id: string, body: Body): Promise<Run> {
  const before = await getRun(deps, id);
  if (body.priority !== undefined && before.status !== 'queued') {
    throw new ApiError(
      'conflict',
      `Run #${before.ordinal} is ${before.status}; only a queued run has a priority to change.`,
    );
  }
  const { tags = {}, ...fields } = body;
  if (Object.keys(body).length === 0) return before;
  const removed = Object.keys(tags).filter((key) => tags[key] === null);
  const set = Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== null));
  const statements: Statement[] = [
    {
      // COALESCE keeps what is not sent; none of the three may become null.
      sql: `UPDATE runs SET name = COALESCE(?, name), note = COALESCE(?, note),
              priority = CASE status WHEN 'queued' THEN COALESCE(?, priority) ELSE priority END WHERE id = ?`,
      params: [fields.name ?? null, fields.note ?? null, fields.priority ?? null, id],
    },
    {
      sql: 'DELETE FROM tags WHERE run = ? AND key IN (SELECT value FROM json_each(?))',
      params: [id, JSON.stringify(removed)],
    },
    {
      sql: 'INSERT OR REPLACE INTO tags (run, key, value) SELECT ?, key, value FROM json_each(?)',
      params: [id, JSON.stringify(set)],
    },
    runEvent(id, { at: deps.now(), actor: principal.name, type: 'updated', detail: { fields: Object.keys(body) } }),
  ];
  await deps.db.batch(statements);
  touchRun(deps, id);
  return getRun(deps, id);
}
