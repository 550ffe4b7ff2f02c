import type { Row, Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { chapterStatements, selectChapter } from './chapters.ts';
import { encodeFrame, frameSize, mergeFrames, type Series } from './frame.ts';
import { LEVELS, levelRows } from './levels.ts';
import { phasesOf, selectAttempts, spansOf } from './visible.ts';

/** So many chunks (~256 kB) become one part. */
export const PART_CHUNKS = 16;
/** A part is split by keys into rows of about this, so that a chart of one key reads little, and few rows are written. */
const GROUP_BYTES = 32_768;
/** Kept well under the 2 MB of a value. */
const PART_BYTES = 1_000_000;

/**
 * Turns an attempt's oldest chunks into key-major parts, in one batch a part: the same points, in the same order a key, in fewer and
 * better placed rows, and beside them what they come to in cells (`levels.ts`), and in their chapter's (`chapters.ts`). A part's number is its first chunk's, so order needs no counter, and doing it twice changes nothing.
 * `all`: also what does not fill a part, when the attempt has ended.
 */
export async function compactChunks(deps: Deps, run: string, attempt: number, { all = false } = {}): Promise<void> {
  let phase: number | null = null;
  for (;;) {
    // At one moment: while the first of these chunks is there, no other call has written a part or renewed the chapter.
    const [found, chapter] = await deps.db.batch([
      {
        // None where they do not fill a part: most calls that seal a chunk ask in vain, and should read nothing.
        sql: `SELECT chunk, data FROM metric_chunks WHERE run = ? AND attempt = ?
              AND (SELECT COUNT(*) FROM (SELECT 1 FROM metric_chunks WHERE run = ? AND attempt = ? LIMIT ?)) >= ? ORDER BY chunk LIMIT ?`,
        params: [run, attempt, run, attempt, PART_CHUNKS, all ? 1 : PART_CHUNKS, PART_CHUNKS],
      },
      selectChapter(run, attempt),
    ]);
    const chunks = found as (Row & { chunk: number; data: Uint8Array })[];
    const [first] = chunks;
    if (!first) return;
    const taken: Uint8Array[] = [];
    let bytes = 0;
    for (const { data } of chunks) {
      if (taken.length > 0 && bytes + data.length > PART_BYTES) break;
      taken.push(data);
      bytes += data.length;
    }
    const last = chunks[taken.length - 1]!.chunk;
    const merged = mergeFrames(taken);
    phase ??= await phaseOf(deps, run, attempt);
    const rows = [
      ...grouped(merged).map((group, index) => ({
        level: 0,
        group: index,
        keys: group.map(({ key }) => key),
        data: encodeFrame(group),
      })),
      ...levelRows(merged, phase),
    ];
    const chunk = [run, attempt, first.chunk];
    const still = {
      sql: 'EXISTS (SELECT 1 FROM metric_chunks WHERE run = ? AND attempt = ? AND chunk = ?)',
      params: chunk,
    };
    await deps.db.batch([
      ...rows.flatMap(({ level, group, keys, data }): Statement[] => {
        const packed = level !== LEVELS.step.coarse && level !== LEVELS.time.coarse;
        const segment = {
          sql: `INSERT INTO metric_segments (run, attempt, level, part, key_group, keys, data, pack)
                SELECT ?, ?, ?, ?, ?, ?, ${packed ? "x'', (SELECT MAX(id) FROM metric_packs)" : '?, NULL'} WHERE ${still.sql}`,
          params: [run, attempt, level, first.chunk, group, JSON.stringify(keys), ...(packed ? [] : [data]), ...chunk],
        };
        if (!packed) return [segment];
        return [
          { sql: `INSERT INTO metric_packs (data) SELECT ? WHERE ${still.sql}`, params: [data, ...chunk] },
          segment,
        ];
      }),
      ...chapterStatements({ run, attempt, part: first.chunk, merged, phase }, chapter!, still),
      {
        sql: 'DELETE FROM metric_chunks WHERE run = ? AND attempt = ? AND chunk BETWEEN ? AND ?',
        params: [run, attempt, first.chunk, last],
      },
    ]);
  }
}

function grouped(series: readonly Series[]): Series[][] {
  const groups: Series[][] = [];
  let bytes = GROUP_BYTES;
  for (const one of series) {
    if (bytes >= GROUP_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(one);
    bytes += frameSize([one]);
  }
  return groups;
}

async function phaseOf(deps: Deps, run: string, attempt: number): Promise<number> {
  const { sql, params } = selectAttempts([run]);
  const spans = spansOf(await deps.db.all(sql, params)).get(run) ?? [];
  return phasesOf(spans).get(attempt) ?? 0;
}
