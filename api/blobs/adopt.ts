import type { Row, Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { LISTING, sweepWanted } from './sweep.ts';

const AT_ONCE = 500;

/**
 * Walks through what the store has, a page a time, and writes the row of each blob that has none: a crash came between its bytes and
 * their row. From then on it is a blob like any other, which the sweep lets go once its quiet time is over and nothing names it. Runs
 * in the same tick as the sweep, never beside it. Answers when it is time for the next page, or null.
 */
export async function adoptBlobs(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const [wanted] = await deps.db.all<Row & { due: number }>('SELECT due FROM upkeep WHERE name = ?', [LISTING]);
  if (!wanted || wanted.due > now) return wanted?.due ?? null;
  const [place] = await deps.db.all<Row & { after: string }>('SELECT after FROM blob_listing');
  const { blobs, next } = await deps.blobs.list(place?.after ?? null, AT_ONCE);
  const rows = JSON.stringify(blobs.map(({ digest, size }) => [digest, size]));
  const step: Statement[] =
    next === null
      ? [{ sql: 'DELETE FROM blob_listing' }, { sql: 'DELETE FROM upkeep WHERE name = ?', params: [LISTING] }]
      : [
          {
            sql: 'INSERT INTO blob_listing (id, after) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET after = excluded.after',
            params: [next],
          },
          { sql: 'UPDATE upkeep SET due = ? WHERE name = ?', params: [now + 1000, LISTING] },
        ];
  const [adopted] = await deps.db.batch([
    {
      sql: `INSERT INTO blobs (digest, size, created_at) SELECT value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
            ON CONFLICT (digest) DO NOTHING RETURNING digest`,
      params: [now, rows],
    },
    ...step,
  ]);
  if (adopted!.length > 0) await deps.db.batch([sweepWanted(now)]);
  return next === null ? null : now + 1000;
}
