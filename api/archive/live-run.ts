import type { Row } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import type { CompactSummary, Summaries } from '../metrics/summary.ts';
import { type ArchivedRow, type Cut, pack } from './row.ts';

interface Live extends Row {
  run: string;
  attempt: number;
  next_chunk: number;
  next_line: number;
  console: string;
  console_lines: number;
  progress: string | null;
  summary: string;
  tail: Uint8Array;
}

/**
 * Runs as an archive has them. One that is being written is told as of now, in one look: what its live row holds becomes the rows that an
 * end would have made of it, its chunks come along, and a cut says which parts these chunks may become meanwhile.
 */
export async function endedAsOfNow(deps: Deps, runs: readonly Row[]): Promise<(ArchivedRow | Cut)[]> {
  const ids = JSON.stringify(runs.map(({ id }) => id));
  const wanted = 'run IN (SELECT value FROM json_each(?))';
  // The runs are read again, so that all of it is of one moment.
  const [again, lives, chunks] = (await deps.db.batch([
    { sql: 'SELECT * FROM runs WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id', params: [ids] },
    { sql: `SELECT * FROM live WHERE ${wanted}`, params: [ids] },
    { sql: `SELECT * FROM metric_chunks WHERE ${wanted} ORDER BY run, attempt, chunk`, params: [ids] },
  ])) as [Row[], Live[], Row[]];
  const lines: (ArchivedRow | Cut)[] = [];
  for (const row of again) {
    const live = lives.find(({ run }) => run === row.id);
    lines.push({ table: 'runs', row: pack(live ? { ...row, ...asFailed(deps, live) } : row) });
    for (const chunk of chunks) if (chunk.run === row.id) lines.push({ table: 'metric_chunks', row: pack(chunk) });
    if (live) lines.push(...ofLive(live, chunks));
  }
  return lines;
}

const asFailed = (deps: Deps, { progress }: Live): Row => ({
  status: 'failed',
  ended_at: deps.now(),
  error_code: 'exported_live',
  error_message: 'The run was still being written when it was exported.',
  kept_summary: null,
  progress,
});

function ofLive(live: Live, chunks: readonly Row[]): (ArchivedRow | Cut)[] {
  const { run, attempt, next_chunk, next_line, console, console_lines, tail } = live;
  const own = chunks.find((chunk) => chunk.run === run && chunk.attempt === attempt);
  const lines: (ArchivedRow | Cut)[] = [{ run, attempt, cut: Number(own?.chunk ?? next_chunk) }];
  if (tail.length > 0) {
    lines.push({ table: 'metric_chunks', row: pack({ run, attempt, chunk: next_chunk, data: tail }) });
  }
  if (console_lines > 0) {
    const first = next_line - console_lines;
    const row = { run, first, attempt, count: console_lines, size: console.length, data: console };
    lines.push({ table: 'console_chunks', row });
  }
  for (const [key, summary] of Object.entries(JSON.parse(live.summary) as Summaries)) {
    lines.push({ table: 'metric_series', row: { run, key, ...columnsOf(summary) } });
  }
  return lines;
}

const columnsOf = ([count, last, last_step, min, min_step, max, max_step]: CompactSummary) => ({
  count,
  last,
  last_step,
  min,
  min_step,
  max,
  max_step,
});
