import type * as z from 'zod';
import type { readConsole as route } from '../contract/console.ts';
import type { LogLine } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { invalid } from '../errors.ts';
import { requireRun } from '../runs/require.ts';
import { decodeLine, fold, needleOf, splitLines } from './line.ts';
import { type Stretch, stretches } from './pages.ts';

type Query = z.output<typeof route.query>;
type Page = z.output<typeof route.response>;
type Matches = (line: LogLine & { words: string }) => boolean;

/** Rows read at a time, and in one call: a search that finds little ends there, and says from where to go on. */
const ROWS_AT_ONCE = 8;
const MOST_ROWS = 64;
const GRAVITY = { debug: 0, info: 1, warn: 2, error: 3 } as const;

/** A page of a run's console in either direction, lines oldest first. Errors: invalid_request, not_found. */
export async function readConsole(deps: Deps, run: string, query: Query): Promise<Page> {
  const { after, before, tail, limit } = query;
  if ([after !== undefined, before !== undefined, tail === true].filter(Boolean).length > 1) {
    throw invalid(['query', 'after'], 'after, before and tail are three ways to say where: give one');
  }
  await requireRun(deps, run);
  const matches = matcher(query);
  const back = before !== undefined || tail === true;
  const lines: LogLine[] = [];
  // What was looked through so far: lines low … high.
  let low = (after ?? 0) + 1;
  let high = after ?? 0;
  let from = back ? (before ?? Number.MAX_SAFE_INTEGER) - 1 : low;
  let rows = 0;
  for (;;) {
    const page = await stretches(deps.db, run, {
      from,
      direction: back ? 'back' : 'forward',
      needle: query.search === undefined ? null : needleOf(query.search),
      count: ROWS_AT_ONCE,
    });
    if (back && rows === 0) {
      high = Math.min(from, page.total);
      low = high + 1;
    }
    rows += page.stretches.length;
    for (const stretch of page.stretches) {
      const { scanned, full } = take(stretch, { from, back, lines, limit, matches });
      if (back) low = scanned;
      else high = scanned;
      if (full) return { lines: back ? lines.reverse() : lines, next: high, previous: low, total: page.total };
    }
    if (page.last) {
      if (back) low = 1;
      else high = Math.max(high, page.total);
    }
    if (page.last || rows >= MOST_ROWS) {
      return { lines: back ? lines.reverse() : lines, next: high, previous: low, total: page.total };
    }
    from = back ? low - 1 : high + 1;
  }
}

function matcher({ search, stream, level, attempt }: Query): Matches {
  const words = search === undefined ? null : fold(search);
  return (line) =>
    (stream === undefined || line.stream === stream) &&
    (level === undefined || GRAVITY[line.level] >= GRAVITY[level]) &&
    (attempt === undefined || line.attempt === attempt) &&
    (words === null || fold(line.words).includes(words));
}

interface Taking {
  readonly from: number;
  readonly back: boolean;
  readonly lines: LogLine[];
  readonly limit: number;
  readonly matches: Matches;
}

/** Takes what matches of a stretch; says how far it looked, and whether the page is full. */
function take(stretch: Stretch, { from, back, lines, limit, matches }: Taking): { scanned: number; full: boolean } {
  const { first, attempt, count, data } = stretch;
  const stored = splitLines(data);
  const ids = back ? range(Math.min(from, first + count - 1), first) : range(Math.max(from, first), first + count - 1);
  let scanned = back ? first : first + count - 1;
  for (const id of ids) {
    const { words, ...line } = decodeLine(stored[id - first]!);
    const whole = { id, attempt, ...line };
    if (!matches({ ...whole, words })) continue;
    lines.push(whole);
    if (lines.length < limit) continue;
    scanned = id;
    return { scanned, full: true };
  }
  return { scanned, full: false };
}

function* range(from: number, to: number): Generator<number> {
  const step = from <= to ? 1 : -1;
  for (let id = from; step > 0 ? id <= to : id >= to; id += step) yield id;
}
