import type { Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { LogLine } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { requireRun } from './require.ts';

type Line = z.output<typeof LogLine>;

/** A run's console lines after one id, oldest first. Errors: not_found. */
export async function runLines(
  deps: Deps,
  run: string,
  { after, limit }: { after: number; limit: number },
): Promise<{ lines: Line[]; next: number }> {
  await requireRun(deps, run);
  const rows = await deps.db.all<Row & { first: number; attempt: number; data: string }>(
    'SELECT first, attempt, data FROM lines WHERE run = ? AND first + count > ? ORDER BY first LIMIT ?',
    [run, after + 1, limit],
  );
  const lines: Line[] = [];
  for (const { first, attempt, data } of rows) {
    for (const [index, [at, level, text]] of (JSON.parse(data) as [number, Line['level'], string][]).entries()) {
      const id = first + index;
      if (id > after && lines.length < limit) lines.push({ id, at, attempt, level, text });
    }
    if (lines.length >= limit) break;
  }
  return { lines, next: lines.at(-1)?.id ?? after };
}
