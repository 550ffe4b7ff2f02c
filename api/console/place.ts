import type { SqlValue, Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import { encodeLine, type LineInput } from './line.ts';

/** The newest lines wait in the live row until there are this many characters of them. */
const TAIL = 16_384;
/** A chunk has at most so many, a longer line apart: far below a value's 2 MB, whatever a character takes. */
const CHUNK = 131_072;

export interface ConsoleState {
  readonly next_line: number;
  readonly console_lines: number;
  readonly console_length: number;
  readonly console_size: number;
}

export interface Placed {
  readonly statements: Statement[];
  /** Assignments of the UPDATE of the live row, with their parameters; empty without lines. */
  readonly set: string;
  readonly params: SqlValue[];
}

/**
 * Where lines go, as points do: behind the live row's tail, or, when that would grow too long, into the tail's place after it became a
 * chunk. So a call with lines costs no row more than one without. Above `limit` characters of the run nothing is kept; its last
 * line says so.
 */
export function placeLines(
  lines: readonly LineInput[],
  state: ConsoleState,
  { when, limit, now }: { when: Condition; limit: number; now: number },
): Placed {
  const { encoded, full } = bounded(lines, limit - state.console_size, now);
  if (encoded.length === 0) return { statements: [], set: '', params: [] };
  const size = encoded.reduce((sum, line) => sum + line.length, 0);
  const total = full ? limit : state.console_size + size;
  const seals = state.console_lines > 0 && state.console_length + size > TAIL;
  const statements: Statement[] = [];
  if (seals) {
    statements.push({
      sql: `INSERT INTO console_chunks (run, first, attempt, count, size, data)
            SELECT run, next_line - console_lines, attempt, console_lines, length(console), console FROM live WHERE ${when.sql}`,
      params: when.params,
    });
  }
  let tail = encoded;
  if (size > TAIL) {
    let first = state.next_line;
    for (const part of parts(encoded)) {
      const data = part.join('');
      statements.push({
        sql: `INSERT INTO console_chunks (run, first, attempt, count, size, data)
              SELECT run, ?, attempt, ?, ?, ? FROM live WHERE ${when.sql}`,
        params: [first, part.length, data.length, data, ...when.params],
      });
      first += part.length;
    }
    tail = [];
  }
  const kept = seals || size > TAIL ? 0 : state.console_lines;
  return {
    statements,
    set: `console = ${kept === 0 ? '?' : 'console || ?'}, console_lines = ?, console_size = ?, next_line = ?,`,
    params: [tail.join(''), kept + tail.length, total, state.next_line + encoded.length],
  };
}

function bounded(lines: readonly LineInput[], room: number, now: number): { encoded: string[]; full: boolean } {
  const encoded: string[] = [];
  for (const line of lines) {
    if (room <= 0) break;
    const text = encodeLine(line);
    room -= text.length;
    encoded.push(room > 0 ? text : encodeLine({ at: now, level: 'warn', stream: 'log', text: FULL }));
  }
  return { encoded, full: room <= 0 };
}

const FULL = 'The console is full: what follows is not kept.';

function parts(lines: readonly string[]): string[][] {
  const out: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    if (size + line.length > CHUNK) {
      out.push([]);
      size = 0;
    }
    out.at(-1)!.push(line);
    size += line.length;
  }
  return out;
}

/** The live row's lines become a chunk, when an attempt ends. */
export const sealConsole = (when: Condition): Statement => ({
  sql: `INSERT INTO console_chunks (run, first, attempt, count, size, data)
        SELECT run, next_line - console_lines, attempt, console_lines, length(console), console FROM live
        WHERE ${when.sql} AND console_lines > 0`,
  params: when.params,
});
