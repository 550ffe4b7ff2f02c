import type { Row, Statement } from '@tidemark/db/database';
import { type Condition, guards as defaultGuards } from '@tidemark/db/fence';
import { alertsOnEnd } from '../alerts/on-end.ts';
import { boundRows } from '../bound-rows.ts';
import { sealConsole } from '../console/place.ts';
import type { RunStatus } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { runEvent } from '../event.ts';
import { compactChunks } from '../metrics/compact.ts';
import { addToSummary, type Summaries } from '../metrics/summary.ts';
import { collect, selectPoints, upToStep } from '../metrics/visible.ts';
import { touchRun } from '../runs/touch.ts';
import { silence } from './pace.ts';

/** How an attempt is over, and what that makes of its run. */
export interface Ending {
  readonly run: string;
  readonly attempt: number;
  readonly status: Exclude<RunStatus, 'running' | 'cancelling'>;
  readonly outcome: 'finished' | 'pruned' | 'failed' | 'cancelled' | 'lost' | 'released' | 'retried';
  /** What the holder asked for, so that the same call again is known. */
  readonly asked: string | null;
  readonly actor: string;
  readonly error?: { code: string; message: string } | undefined;
  readonly failures?: number;
  readonly losses?: number;
}

/**
 * Ends an attempt in one batch, every statement of it conditioned on the live row that `asked` describes (by its own columns only,
 * because the run's change on the way): the tail becomes a chunk, the summary becomes metric_series, the run's status changes, and the live row, the right to write, goes last. Answers false,
 * with nothing written, when the row did not stand as described.
 */
export async function endAttempt(deps: Deps, ending: Ending, asked: Condition): Promise<boolean> {
  for (;;) {
    const [live] = await deps.db.all<Row & { next_chunk: number; tail_bytes: number; summary: string }>(
      `SELECT next_chunk, length(tail) AS tail_bytes, summary FROM live WHERE ${asked.sql}`,
      asked.params,
    );
    if (!live) return false;
    // The summary goes by way of the code, where its numbers keep their last bit; points that come meanwhile make it another.
    const when = {
      sql: `${asked.sql} AND live.next_chunk = ? AND length(live.tail) = ?`,
      params: [...asked.params, live.next_chunk, live.tail_bytes],
    };
    if (await endAsRead(deps, ending, live.summary, when)) return true;
  }
}

async function endAsRead(deps: Deps, ending: Ending, read: string, when: Condition): Promise<boolean> {
  const now = deps.now();
  const { run, attempt, status } = ending;
  const held = `EXISTS (SELECT 1 FROM live WHERE ${when.sql})`;
  const requeued = status === 'queued';
  const kept = requeued ? await keptPoints(deps, run) : null;
  const summaries = kept ? kept.summaries : (JSON.parse(read) as Summaries);
  const alerts = await alertsOnEnd(deps, ending, when);
  const statements: Statement[] = [
    {
      sql: `INSERT INTO metric_chunks (run, attempt, chunk, data)
            SELECT run, attempt, next_chunk, tail FROM live WHERE ${when.sql} AND length(tail) > 0`,
      params: when.params,
    },
    sealConsole(when),
    ...tells(summaries, when),
    {
      sql: `UPDATE attempts SET ended_at = ?, outcome = ?, asked = ?, visible_to = ?
            WHERE run = ? AND attempt = ? AND ${held}`,
      params: [now, ending.outcome, ending.asked, kept?.upTo ?? null, run, attempt, ...when.params],
    },
    {
      sql: `UPDATE runs SET status = ?, ended_at = ?, available_at = ?, worker = CASE ? WHEN 1 THEN NULL ELSE worker END,
              failure_count = failure_count + ?, lost_count = lost_count + ?, error_code = ?, error_message = ?,
              kept_summary = ?, progress = (SELECT progress FROM live WHERE ${when.sql})
            WHERE id = ? AND ${held}`,
      params: [
        status,
        requeued ? null : now,
        now,
        requeued ? 1 : 0,
        ending.failures ?? 0,
        ending.losses ?? 0,
        ending.error?.code ?? null,
        ending.error?.message ?? null,
        kept && JSON.stringify(kept.summaries),
        ...when.params,
        run,
        ...when.params,
      ],
    },
    ...counted(ending, now, when),
    runEvent(
      run,
      {
        at: now,
        actor: ending.actor,
        type: ending.outcome,
        detail: { attempt, status, ...(ending.error === undefined ? {} : { error: ending.error }) },
      },
      when,
    ),
    ...alerts,
    { sql: `DELETE FROM live WHERE ${when.sql} RETURNING run`, params: when.params },
  ];
  const results = await deps.db.batch(statements);
  if (results.at(-1)!.length === 0) return false;
  touchRun(deps, run, { queued: requeued });
  if (alerts.length > 0) deps.schedule(deps.now());
  await compactChunks(deps, run, attempt, { all: true });
  return true;
}

/** What is told of each key from now on. */
const tells = (summaries: Summaries, when: Condition): Statement[] =>
  boundRows(
    Object.entries(summaries).map(([key, summary]) => [key, ...summary]),
    when.params.length,
  ).map(({ sql, params }) => ({
    sql: `INSERT INTO metric_series (run, key, count, last, last_step, min, min_step, max, max_step)
          SELECT live.run, column1, column2, CASE typeof(column3) WHEN 'text' THEN column3 ELSE CAST(column3 AS REAL) END,
            column4, column5, column6, column7, column8
          FROM live, ${sql} WHERE ${when.sql}
          ON CONFLICT (run, key) DO UPDATE SET count = excluded.count, last = excluded.last, last_step = excluded.last_step,
            min = excluded.min, min_step = excluded.min_step, max = excluded.max, max_step = excluded.max_step`,
    params: [...params, ...when.params],
  }));

/** A worker's tally of what it saw to the end. */
function counted({ status, outcome, asked }: Ending, now: number, when: Condition): Statement[] {
  const column = status === 'finished' ? 'finished' : outcome === 'failed' || outcome === 'retried' ? 'failed' : null;
  // What the server ended by itself says nothing of the worker.
  if (column === null || asked === null) return [];
  return [
    {
      sql: `UPDATE workers SET ${column} = ${column} + 1, last_seen_at = ?, silent_until = ?
            WHERE id = (SELECT worker FROM live WHERE ${when.sql})`,
      params: [now, now + silence(60), ...when.params],
    },
  ];
}

/** Below every step: nothing is kept. */
const NOTHING = -(2 ** 53) + 1;

/** What the next attempt will go on from, and its summary: points past the last checkpoint are hidden from now on. */
async function keptPoints(deps: Deps, run: string): Promise<{ upTo: number; summaries: Summaries }> {
  const { resumeStep } = deps.guards ?? defaultGuards;
  const rows = await deps.db.batch([
    { sql: `SELECT ${resumeStep} AS step FROM runs WHERE runs.id = ?`, params: [run] },
    ...selectPoints([run]),
  ]);
  const upTo = Number(rows[0]![0]?.step ?? NOTHING);
  const summaries: Summaries = {};
  for (const attempt of (await collect(deps.blobs, rows.slice(1))).get(run) ?? []) {
    const limit = Math.min(attempt.upTo, upTo);
    addToSummary(
      summaries,
      attempt.blocks.map((block) => upToStep(block, limit)),
    );
  }
  return { upTo, summaries };
}
