import type { Condition } from '@tidemark/db/fence';
import type { StoredAs } from '../blobs/store.ts';
import { scheduleSweep, sweepWanted } from '../blobs/sweep.ts';
import type { Artifact } from '../contract/artifacts.ts';
import type { Deps } from '../deps.ts';
import { notFound, staleAttempt } from '../errors.ts';
import { touchRun } from '../runs/touch.ts';

interface NewArtifact {
  readonly run: string;
  readonly path: string;
  readonly contentType: string;
  readonly stored: StoredAs;
  readonly lease: Condition | null;
  readonly actor: string;
}

/** The row of an artifact whose bytes are stored; it replaces one of the same path. Errors: not_found, stale_attempt. */
export async function saveArtifact(
  deps: Deps,
  { run, path, contentType, stored, lease, actor }: NewArtifact,
): Promise<Artifact> {
  const now = deps.now();
  const held = lease ? `AND EXISTS (SELECT 1 FROM live WHERE ${lease.sql})` : '';
  const params = lease?.params ?? [];
  const results = await deps.db.batch([
    {
      sql: `INSERT INTO blobs (digest, size, created_at) SELECT ?, ?, ? FROM runs WHERE id = ? ${held}
            ON CONFLICT (digest) DO NOTHING`,
      params: [stored.digest, stored.size, now, run, ...params],
    },
    {
      sql: `INSERT INTO artifacts (run, path, digest, size, content_type, created_at)
            SELECT id, ?, ?, ?, ?, ? FROM runs WHERE id = ? ${held}
            ON CONFLICT (run, path) DO UPDATE SET digest = excluded.digest, size = excluded.size,
              content_type = excluded.content_type, created_at = excluded.created_at
            RETURNING path`,
      params: [path, stored.digest, stored.size, contentType, now, run, ...params],
    },
    // What watches a live run looks at its row of `live`.
    { sql: `UPDATE live SET touched_at = ? WHERE run = ? ${held}`, params: [now, run, ...params] },
    // What stood under this path may have no name any more.
    sweepWanted(now),
    // Of any other run an event tells.
    {
      sql: `INSERT INTO events (at, actor, type, run, experiment_id, detail)
            SELECT ?, ?, 'artifact', id, experiment_id, json_object('path', ?) FROM runs
            WHERE id = ? AND ? = 0 AND NOT EXISTS (SELECT 1 FROM live WHERE live.run = runs.id)`,
      params: [now, actor, path, run, lease ? 1 : 0],
    },
  ]);
  if (results[1]!.length === 0) throw lease ? staleAttempt() : notFound(`run ${run}`);
  scheduleSweep(deps);
  touchRun(deps, run);
  return { path, digest: stored.digest, size: stored.size, contentType, createdAt: now };
}
