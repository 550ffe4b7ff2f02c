import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { ModelEvent } from '../contract/models.ts';
import type { Deps } from '../deps.ts';
import { decodeCursor, encodeCursor } from '../search/cursor.ts';
import { findModel } from './find.ts';

type Event = z.output<typeof ModelEvent>;

/** A page of what happened to a model, newest first. Errors: not_found, invalid_request. */
export async function modelHistory(
  deps: Deps,
  name: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ events: Event[]; next: string | null }> {
  const { id } = await findModel(deps, name);
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(cursor, 1)[0]!;
  const rows = await deps.db.all<Row & { id: number; at: number; actor: string; detail: string }>(
    `SELECT id, at, actor, detail FROM events WHERE type = 'model' AND detail ->> '$.model' = ? AND id < ?
     ORDER BY id DESC LIMIT ?`,
    [id, before, limit + 1],
  );
  const events = rows.slice(0, limit).map(({ id, at, actor, detail }): Event => {
    const { model: _, name: __, action, version, ...more } = JSON.parse(detail) as Record<string, unknown>;
    return {
      id,
      at,
      actor,
      action: String(action),
      version: typeof version === 'number' ? version : null,
      detail: more,
    };
  });
  return { events, next: rows.length > limit ? encodeCursor([events.at(-1)!.id]) : null };
}
