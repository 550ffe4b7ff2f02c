import type { Row, Statement } from '@tidemark/db/database';
import { saveBlob } from '../blobs/save.ts';
import { BlobUnavailableError } from '../blobs/store.ts';
import { keepBlob } from '../blobs/sweep.ts';
import type { Deps } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { encodeVolume, type Placed, type VolumeRow } from './volume.ts';

// Points of runs that have ended leave the database: rows of level 0, a volume each step, the runs that ended first first. Three things
// keep them from being lost or doubled. The volume is in the store, whole and with its row in `blobs`, before anything points there. Then
// one transaction lets each row point there and deletes its pack, but only a row that still has the pack that was read: packs' numbers
// are used again. And rows of points never change, so whoever reads finds the same bytes before and after. A crash leaves either
// the rows as they were and a blob that nothing names, which the next try writes again or the sweep takes, or all of it done.

/** Rows that one volume may take. */
const ROWS = 256;
/** Rows in memory beside the volume. */
const ROWS_AT_ONCE = 16;
/** Milliseconds until a step that failed is tried again. */
const PATIENCE = 60_000;

/** One step, if it is time; answers when it is time for the next, or null. */
export async function moveParts(deps: Deps): Promise<number | null> {
  const now = deps.now();
  const [first] = await deps.db.all<Row & { ended_at: number; run: string; ended: number }>(
    `SELECT m.ended_at, m.run, EXISTS (SELECT 1 FROM runs WHERE id = m.run AND ended_at = m.ended_at) AS ended
     FROM metric_moves AS m ORDER BY m.ended_at, m.run LIMIT 1`,
  );
  if (!first) return null;
  const due = first.ended_at + deps.limits.moveAfter;
  if (due > now) return due;
  try {
    // One that goes on, or that ended again, has another end; one that is gone has nothing to move.
    if (first.ended === 1 && (await moveVolume(deps, first.run))) return now;
  } catch (error) {
    // A store that is full or away must not keep the tick from what else it does.
    deps.report?.(error, `moving points of run ${first.run}`);
    return now + PATIENCE;
  }
  const [, next] = await deps.db.batch([
    { sql: 'DELETE FROM metric_moves WHERE ended_at = ? AND run = ?', params: [first.ended_at, first.run] },
    { sql: 'SELECT MIN(ended_at) AS ended_at FROM metric_moves' },
  ]);
  const ended = next![0]!.ended_at;
  return ended === null ? null : Number(ended) + deps.limits.moveAfter;
}

interface Candidate extends Row {
  part: number;
  key_group: number;
  pack: number | null;
  size: number;
}

/** Moves the next volume of a run; false when what is left stays. */
async function moveVolume(deps: Deps, run: string): Promise<boolean> {
  const attempts = await deps.db.all<Row & { attempt: number }>(
    'SELECT attempt FROM attempts WHERE run = ? ORDER BY attempt',
    [run],
  );
  for (const { attempt } of attempts) {
    const all = await deps.db.all<Candidate>(
      `SELECT s.part, s.key_group, s.pack, COALESCE(length(p.data), length(s.data)) AS size
       FROM metric_segments AS s LEFT JOIN metric_packs AS p ON p.id = s.pack
       WHERE s.run = ? AND s.attempt = ? AND s.level = 0 AND s.volume IS NULL AND (s.pack IS NULL OR p.id IS NOT NULL)
       ORDER BY s.part, s.key_group LIMIT ${ROWS}`,
      [run, attempt],
    );
    const taken: Candidate[] = [];
    let bytes = 0;
    for (const row of all) {
      if (taken.length > 0 && bytes + row.size > deps.limits.volume) break;
      taken.push(row);
      bytes += row.size;
    }
    if (taken.length === 0 || bytes < deps.limits.moveLeast) continue;
    const { bytes: volume, placed } = encodeVolume(run, attempt, await load(deps, run, attempt, taken));
    const digest = await sha256Hex(volume);
    const size = volume.length;
    await keepBlob(deps, digest);
    await deps.blobs.put(volume, { digest, size, limit: size });
    if ((await deps.blobs.size(digest)) !== size) {
      throw new BlobUnavailableError(`the store took ${digest} and does not have it`);
    }
    await saveBlob(deps, { digest, size });
    await deps.db.batch(pointThere(run, attempt, digest, taken, placed));
    return true;
  }
  return false;
}

async function load(deps: Deps, run: string, attempt: number, taken: readonly Candidate[]): Promise<VolumeRow[]> {
  const rows: VolumeRow[] = [];
  for (let start = 0; start < taken.length; start += ROWS_AT_ONCE) {
    const some = taken.slice(start, start + ROWS_AT_ONCE).map(({ part, key_group }) => [part, key_group]);
    const found = await deps.db.all<Row & { part: number; key_group: number; data: Uint8Array }>(
      `SELECT s.part, s.key_group, COALESCE(p.data, s.data) AS data FROM json_each(?) AS wanted CROSS JOIN metric_segments AS s
       ON s.run = ? AND s.attempt = ? AND s.level = 0 AND s.part = wanted.value ->> 0 AND s.key_group = wanted.value ->> 1
       LEFT JOIN metric_packs AS p ON p.id = s.pack WHERE s.volume IS NULL`,
      [JSON.stringify(some), run, attempt],
    );
    for (const { part, key_group, data } of found) rows.push({ part, group: key_group, data });
  }
  return rows;
}

/** The transaction after which the rows are read from the volume. What somebody else moved, or took away, meanwhile stays as it is. */
function pointThere(
  run: string,
  attempt: number,
  digest: string,
  taken: readonly Candidate[],
  placed: readonly Placed[],
): Statement[] {
  const packs = new Map(taken.map(({ part, key_group, pack }) => [`${part}/${key_group}`, pack]));
  const places = JSON.stringify(
    placed.map(({ part, group, start, data }) => [part, group, packs.get(`${part}/${group}`), start, data.length]),
  );
  const here = [run, attempt];
  const mine = 'SELECT volume FROM metric_volumes WHERE run = ? AND attempt = ? AND digest = ?';
  const wanted = `FROM json_each(?) AS place CROSS JOIN metric_segments AS s
    ON s.run = ? AND s.attempt = ? AND s.level = 0 AND s.part = place.value ->> 0 AND s.key_group = place.value ->> 1
    WHERE s.pack IS place.value ->> 2 AND s.volume IS NULL`;
  const size = 'place.value ->> 4';
  return [
    {
      sql: `INSERT INTO metric_volumes (run, attempt, volume, digest)
            SELECT ?, ?, (SELECT COALESCE(MAX(volume), 0) + 1 FROM metric_volumes WHERE run = ? AND attempt = ?), digest
            FROM blobs WHERE digest = ? AND NOT EXISTS (${mine}) AND EXISTS (SELECT 1 ${wanted})`,
      params: [...here, ...here, digest, ...here, digest, places, ...here],
    },
    {
      sql: `DELETE FROM metric_packs WHERE EXISTS (${mine}) AND id IN
              (SELECT s.pack ${wanted} AND (SELECT length(data) FROM metric_packs AS p WHERE p.id = s.pack) = ${size})`,
      params: [...here, digest, places, ...here],
    },
    {
      // Of rows with a pack those whose pack has just been deleted. The limit keeps this list apart, so that it leads to the rows.
      sql: `UPDATE metric_segments SET volume = (${mine}), start = there.start, size = there.size, data = x'', pack = NULL
            FROM (SELECT s.run, s.attempt, s.level, s.part, s.key_group, place.value ->> 3 AS start, ${size} AS size ${wanted} AND
                    CASE WHEN s.pack IS NULL THEN length(s.data) = ${size}
                    ELSE NOT EXISTS (SELECT 1 FROM metric_packs AS p WHERE p.id = s.pack) END LIMIT ${ROWS}) AS there
            WHERE metric_segments.run = there.run AND metric_segments.attempt = there.attempt AND metric_segments.level = there.level
              AND metric_segments.part = there.part AND metric_segments.key_group = there.key_group AND EXISTS (${mine})`,
      params: [...here, digest, places, ...here, ...here, digest],
    },
  ];
}
