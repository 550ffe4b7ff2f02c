import type { Database, Row, SqlValue } from '@tidemark/db/database';

/** Stored lines in a row: of a chunk, or of the live row. */
export interface Stretch {
  readonly first: number;
  readonly attempt: number;
  readonly count: number;
  readonly data: string;
}

export interface StretchPage {
  /** In the direction asked for. */
  readonly stretches: readonly Stretch[];
  /** There is nothing behind these. */
  readonly last: boolean;
  /** Number of the run's newest line. */
  readonly total: number;
}

interface Asked {
  /** Lines from this number on (forward), or up to this one (back). */
  readonly from: number;
  readonly direction: 'forward' | 'back';
  /** Only stretches that contain it, as `needleOf` has it. */
  readonly needle: string | null;
  readonly count: number;
}

/** A few stretches of a run's console, read in one transaction: what is sealed meanwhile is neither missed nor doubled. */
export async function stretches(db: Database, run: string, asked: Asked): Promise<StretchPage> {
  const { from, direction, needle, count } = asked;
  const forward = direction === 'forward';
  const contains = needle === null ? '' : 'AND instr(lower(data), ?) > 0';
  const search: SqlValue[] = needle === null ? [] : [needle];
  const [chunks, tails, ends] = (await db.batch([
    forward
      ? {
          sql: `SELECT first, attempt, count, data FROM console_chunks WHERE run = ? AND first >= COALESCE(
                  (SELECT MAX(first) FROM console_chunks WHERE run = ? AND first <= ?), 0) ${contains} ORDER BY first LIMIT ?`,
          params: [run, run, from, ...search, count],
        }
      : {
          sql: `SELECT first, attempt, count, data FROM console_chunks WHERE run = ? AND first <= ? ${contains}
                ORDER BY first DESC LIMIT ?`,
          params: [run, from, ...search, count],
        },
    {
      sql: `SELECT next_line - console_lines AS first, attempt, console_lines AS count, console AS data FROM live
            WHERE run = ? AND console_lines > 0`,
      params: [run],
    },
    {
      sql: `SELECT COALESCE((SELECT next_line FROM live WHERE run = ?),
              (SELECT first + count FROM console_chunks WHERE run = ? ORDER BY first DESC LIMIT 1), 1) - 1 AS total`,
      params: [run, run],
    },
  ])) as unknown as [(Row & Stretch)[], (Row & Stretch)[], (Row & { total: number })[]];
  const whole = chunks.length < count;
  // Forward, the live row's lines come behind all chunks; back, in front of them.
  const found = forward ? [...chunks, ...(whole ? tails : [])] : [...tails, ...chunks];
  const inRange = found.filter(({ first, count: lines }) => (forward ? first + lines > from : first <= from));
  return { stretches: inRange, last: whole, total: ends[0]!.total };
}
