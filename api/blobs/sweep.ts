import type { Row, Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { unnamed } from './references.ts';
import type { BlobStore } from './store.ts';

// Bytes that nothing names (references.ts lists what could) are deleted, but never bytes that somebody is
// about to name. Three rules hold that. A blob is left alone for an hour after its row was written, and whoever stores bytes first
// makes sure that half of it is left. The row goes before the bytes, by one statement that asks again whether anything names it. And
// between the two the digest is held: whoever stores the same bytes meanwhile is asked to come again, because their new bytes would
// be deleted as the old ones. A crash between the two leaves bytes without a row, which `adoptBlobs` finds a day after the last sweep.

/** Milliseconds from a change until bytes are looked for, and that a blob is left alone. */
const QUIET = 3_600_000;
const AT_ONCE = 500;
const DAY = 86_400_000;
/** The upkeep of a walk through the store. */
export const LISTING = 'listing';

/** What is being deleted just now, by the project's store. */
const held = new WeakMap<BlobStore, Set<string>>();

/** Part of every batch after which bytes may have no name, or none any more. */
export const sweepWanted = (now: number): Statement => ({
  sql: "INSERT INTO upkeep (name, due) VALUES ('blobs', ?) ON CONFLICT (name) DO NOTHING",
  params: [now + QUIET],
});

/** Asks for the tick that sweeps; an earlier one stays. */
export const scheduleSweep = (deps: Deps): void => deps.schedule(deps.now() + QUIET);

/** Before bytes are stored, or before their row is written: they are not to be swept now. Errors: unavailable. */
export async function keepBlob(deps: Deps, digest: string): Promise<void> {
  const now = deps.now();
  await deps.db.all('UPDATE blobs SET created_at = ? WHERE digest = ? AND created_at < ?', [
    now,
    digest,
    now - QUIET / 2,
  ]);
  if (!held.get(deps.blobs)?.has(digest)) return;
  throw new ApiError('unavailable', 'The same bytes are just being deleted.', { retryAfter: 1 });
}

/** Deletes what nothing names, if it is time; answers when it is time again, or null. */
export async function sweepBlobs(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const dueIs = "SELECT due FROM upkeep WHERE name = 'blobs'";
  const [first] = await deps.db.all<Row & { due: number }>(dueIs);
  if (!first || first.due > now) return first?.due ?? null;
  const old = now - QUIET;
  const doomed = `created_at <= ? AND ${unnamed('blobs.digest')}`;
  // One batch: what is stored in the meantime finds a row that stands, or writes one of its own.
  const [found, , , , next] = await deps.db.batch([
    { sql: `SELECT digest FROM blobs WHERE ${doomed} LIMIT ${AT_ONCE}`, params: [old] },
    {
      sql: `DELETE FROM upkeep WHERE name = 'blobs' AND NOT EXISTS (SELECT 1 FROM blobs WHERE created_at > ? OR ${doomed})`,
      params: [old, old],
    },
    {
      sql: `UPDATE upkeep SET due = ? + CASE WHEN EXISTS (SELECT 1 FROM blobs WHERE ${doomed}) THEN 1000 ELSE ${QUIET} END
            WHERE name = 'blobs'`,
      params: [now, old],
    },
    {
      sql: `INSERT INTO upkeep (name, due) SELECT '${LISTING}', ? WHERE NOT EXISTS (SELECT 1 FROM upkeep WHERE name = 'blobs')
            ON CONFLICT (name) DO NOTHING`,
      params: [now + DAY],
    },
    { sql: dueIs },
  ]);
  const digests = found!.map((row) => String(row.digest));
  if (digests.length > 0) await remove(deps, digests, doomed, old);
  return (next as (Row & { due: number })[])[0]?.due ?? null;
}

async function remove(deps: Deps, digests: readonly string[], doomed: string, old: number): Promise<void> {
  const mine = held.get(deps.blobs) ?? new Set();
  held.set(deps.blobs, mine);
  for (const digest of digests) mine.add(digest);
  try {
    const gone = await deps.db.all(
      `DELETE FROM blobs WHERE digest IN (SELECT value FROM json_each(?)) AND ${doomed} RETURNING digest`,
      [JSON.stringify(digests), old],
    );
    await deps.blobs.delete(gone.map((row) => String(row.digest)));
  } finally {
    for (const digest of digests) mine.delete(digest);
  }
}
