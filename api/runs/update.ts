import type { Statement } from '@tidemark/db/database';
import type * as z from 'zod';
import { visibleTo } from '../access/visible.ts';
import type { Run, updateRun as route } from '../contract/runs.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { runEvent } from '../event.ts';
import { fillFamilies } from './fill-families.ts';
import { getRun } from './get.ts';
import { ABOVE, requireParent } from './require-parent.ts';
import { touchRun } from './touch.ts';

type Body = z.output<typeof route.body>;

/** Name, note, tags (null removes one), parent, group, and the priority of a queued run. Errors: not_found, conflict, invalid_request. */
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
  if (fields.parent) await requireParent(visibleTo(deps, principal), fields.parent, id);
  const now = deps.now();
  const statements: Statement[] = [
    ...(fields.note === undefined ? [] : [noted(id, fields.note, principal, now)]),
    {
      // COALESCE keeps what is not sent; none of the three may become null.
      sql: `UPDATE runs SET name = COALESCE(?, name), note = COALESCE(?, note),
              priority = CASE status WHEN 'queued' THEN COALESCE(?, priority) ELSE priority END WHERE id = ?`,
      params: [fields.name ?? null, fields.note ?? null, fields.priority ?? null, id],
    },
    ...(fields.parent === undefined ? [] : [moved(id, fields.parent)]),
    ...(fields.group === undefined
      ? []
      : [{ sql: 'UPDATE runs SET family = ? WHERE id = ?', params: [fields.group, id] }]),
    {
      sql: 'DELETE FROM tags WHERE run = ? AND key IN (SELECT value FROM json_each(?))',
      params: [id, JSON.stringify(removed)],
    },
    {
      sql: `INSERT INTO tags (run, key, value) SELECT ?, key, value FROM json_each(?) WHERE TRUE
            ON CONFLICT (run, key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`,
      params: [id, JSON.stringify(set)],
    },
    runEvent(id, { at: now, actor: principal.name, type: 'updated', detail: { fields: Object.keys(body) } }),
  ];
  await deps.db.batch(statements);
  if (fields.group === null) await fillFamilies(deps, id);
  touchRun(deps, id);
  return getRun(deps, id);
}

/** Before the note changes: its versions are events, of which the first also keeps what it was registered with. */
const noted = (id: string, note: string, principal: Principal, now: number): Statement => ({
  sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
        SELECT ?, ?, 'noted', id, experiment_id,
          CASE WHEN EXISTS (SELECT 1 FROM events WHERE run = runs.id AND type = 'noted') THEN json_object('note', ?)
            ELSE json_object('note', ?, 'before', note) END
        FROM runs WHERE id = ? AND note <> ?`,
  params: [now, principal.name, note, note, id, note],
});

/** Asked again where it is written: two moves at once must not close a circle. */
const moved = (id: string, parent: string | null): Statement => ({
  sql: `UPDATE runs SET parent = ? WHERE id = ? AND NOT EXISTS (${ABOVE} SELECT 1 FROM above WHERE id = ?)`,
  params: [parent, id, parent, id],
});
