import type { SqlValue } from '@tidemark/db/database';
import type { Sql } from './fields.ts';
import { SearchError, type Span } from './syntax.ts';

/** SQLite's own patterns have at most so many bytes in a Durable Object. */
const MOST_BYTES = 50;

/** A character that stands for itself, `one` (any character) or `any` (any number of them). */
type Part = { readonly text: string } | 'one' | 'any';

/**
 * `value LIKE pattern` as SQL and MLflow define it: `%` is any text, `_` any one character, with the escape in front both are themselves. LIKE
 * tells upper and lower case apart, ILIKE does not (A to Z, as SQLite). A pattern that is longer than SQLite's own may be is taken apart
 * at its `%`; only a `_` between two of them would then need every place tried, and is refused. Errors: SearchError.
 */
export function likeCondition(
  { sql, params }: Sql,
  pattern: string,
  how: { span: Span; escapedBy: string | null; fold: boolean },
): Sql {
  const parts = partsOf(pattern, how);
  const native = how.fold ? likePattern(parts) : globPattern(parts);
  if (new TextEncoder().encode(native).length <= MOST_BYTES) {
    const test = how.fold ? "LIKE ? ESCAPE '\\'" : 'GLOB ?';
    return { sql: `(${sql} ${test})`, params: [...params, native] };
  }
  return takenApart({ sql, params }, parts, how);
}

function partsOf(pattern: string, { span, escapedBy }: { span: Span; escapedBy: string | null }): Part[] {
  const parts: Part[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    if (character === escapedBy) {
      const next = characters[++i];
      if (next !== '%' && next !== '_' && next !== escapedBy)
        throw new SearchError(
          span,
          `${escapedBy} in the pattern escapes nothing`,
          `${escapedBy}%, ${escapedBy}_, ${escapedBy}${escapedBy}`,
        );
      parts.push({ text: next });
    } else if (character === '%') parts.push('any');
    else parts.push(character === '_' ? 'one' : { text: character });
  }
  return parts;
}

const likePattern = (parts: readonly Part[]): string =>
  parts.map((part) => (part === 'any' ? '%' : part === 'one' ? '_' : part.text.replace(/[%_\\]/, '\\$&'))).join('');
/** GLOB is LIKE with other words, and tells upper and lower case apart. */
const globPattern = (parts: readonly Part[]): string =>
  parts.map((part) => (part === 'any' ? '*' : part === 'one' ? '?' : part.text.replace(/[*?[]/, '[$&]'))).join('');

/** What stands between two `%`. */
interface Segment {
  readonly length: number;
  /** Its texts, and how many characters of it stand before each. */
  readonly pieces: readonly (readonly [offset: number, text: string])[];
}

function takenApart({ sql, params }: Sql, parts: readonly Part[], { span, fold }: { span: Span; fold: boolean }): Sql {
  const segments = split(parts);
  const first = segments[0]!;
  const last = segments.at(-1)!;
  const middle = segments.slice(1, -1).filter(({ length }) => length > 0);
  if (middle.some(({ length, pieces }) => pieces.length !== 1 || pieces[0]![1].length !== length))
    throw new SearchError(
      span,
      `a pattern of more than ${MOST_BYTES} bytes has no _ between two %`,
      'a shorter pattern',
    );
  const text = (value: string) => (fold ? value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : value);
  const folded = ({ pieces }: Segment) => pieces.map(([offset, piece]) => [offset, text(piece)]);
  const value = fold ? `lower(${sql})` : sql;
  const fixed = segments.length === 1;
  const least = segments.reduce((sum, { length }) => sum + length, 0);
  const json: SqlValue[] = [
    JSON.stringify(folded(first)),
    JSON.stringify(fixed ? [] : folded(last)),
    JSON.stringify(middle.map(({ pieces }) => text(pieces[0]![1]))),
  ];
  const stands = (place: string) => `NOT EXISTS (SELECT 1 FROM json_each(?) AS p
    WHERE substr(v, ${place} + (p.value ->> 0) + 1, length(p.value ->> 1)) <> p.value ->> 1)`;
  const inner = `substr(v, ${first.length + 1}, length(v) - ${first.length + (fixed ? 0 : last.length)})`;
  // The rest of the text after each middle segment, found leftmost; null once one is not found.
  const found = `(WITH RECURSIVE at (i, rest, wanted) AS (SELECT 0, ${inner}, ?
      UNION ALL SELECT i + 1, CASE WHEN instr(rest, wanted ->> i) > 0 THEN substr(rest, instr(rest, wanted ->> i) + length(wanted ->> i)) END,
        wanted FROM at WHERE i < ${middle.length} AND rest IS NOT NULL)
    SELECT rest IS NOT NULL FROM at ORDER BY i DESC LIMIT 1)`;
  return {
    sql: `(SELECT CASE WHEN v IS NULL THEN NULL WHEN length(v) ${fixed ? '<>' : '<'} ${least} THEN 0
      ELSE ${stands('0')} AND ${stands(`length(v) - ${last.length}`)} AND ${found} END FROM (SELECT ${value} AS v))`,
    params: [...json, ...params],
  };
}

function split(parts: readonly Part[]): Segment[] {
  const segments: { length: number; pieces: [number, string][] }[] = [{ length: 0, pieces: [] }];
  let joins = false;
  for (const part of parts) {
    const segment = segments.at(-1)!;
    if (part === 'any') segments.push({ length: 0, pieces: [] });
    else {
      if (part !== 'one') {
        if (joins) segment.pieces.at(-1)![1] += part.text;
        else segment.pieces.push([segment.length, part.text]);
      }
      segment.length++;
    }
    joins = typeof part === 'object';
  }
  return segments;
}
