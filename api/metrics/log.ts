import { type Database, originOf, type Row } from '@tidemark/db/database';
import type * as z from 'zod';
import type { LiveReply, logRun as route } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { ApiError, invalid } from '../errors.ts';
import { requireRun } from '../runs/require.ts';
import { appendBatch, type Batch, tryAppend } from './append.ts';

type Body = z.output<typeof route.body>;

/**
 * Logs to a run that its own script writes: in order and once with attempt, token and sequence numbers; without them the points are
 * appended behind whatever is there. Errors: invalid_request, not_found, conflict, stale_attempt, too_large.
 */
export async function logRun(deps: Deps, run: string, body: Body): Promise<LiveReply> {
  const { attempt, token, firstSeq, lastSeq, ...batch } = body;
  if (attempt !== undefined || token !== undefined || firstSeq !== undefined || lastSeq !== undefined) {
    if (attempt === undefined || token === undefined || firstSeq === undefined || lastSeq === undefined) {
      throw invalid([], 'attempt, token, firstSeq and lastSeq go together, or none of them');
    }
    await requireRun(deps, run);
    return appendBatch(deps, { run, attempt, token }, { ...batch, firstSeq, lastSeq });
  }
  return inTurn(deps, run, () => appendAfterAll(deps, run, batch));
}

/** Who logs to a run without numbers, by database: one after the other, so that nobody is overtaken time and again. */
const turns = new WeakMap<Database, Map<string, Promise<unknown>>>();

async function inTurn<T>(deps: Deps, run: string, work: () => Promise<T>): Promise<T> {
  const waiting = turns.get(originOf(deps.db)) ?? new Map<string, Promise<unknown>>();
  turns.set(originOf(deps.db), waiting);
  const turn = (waiting.get(run) ?? Promise.resolve()).then(work, work);
  waiting.set(run, turn);
  try {
    return await turn;
  } finally {
    if (waiting.get(run) === turn) waiting.delete(run);
  }
}

async function appendAfterAll(
  deps: Deps,
  run: string,
  batch: Pick<Batch, 'series' | 'lines' | 'progress'>,
): Promise<LiveReply> {
  // Another process may get in between the read and the write; then this batch comes after its.
  for (let tries = 0; tries < 20; tries++) {
    const [live] = await deps.db.all<Row & { attempt: number; token: string; acked: number; leased: number }>(
      'SELECT attempt, token, acked, leased FROM live WHERE run = ?',
      [run],
    );
    if (!live) {
      await requireRun(deps, run);
      throw new ApiError('conflict', 'The run is not being written: it is queued or has ended.');
    }
    if (live.leased === 1) throw new ApiError('conflict', 'A worker holds this run; only it may log.');
    const { reply, appended } = await tryAppend(
      deps,
      { run, attempt: live.attempt, token: live.token },
      // Behind what is acknowledged, and taking no number: those belong to the script that counts.
      { ...batch, firstSeq: live.acked + 1, lastSeq: live.acked },
    );
    if (appended) return reply;
  }
  throw new ApiError('unavailable', 'Too many writers log to this run at once.', { retryAfter: 1 });
}
