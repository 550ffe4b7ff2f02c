import type { Row, SqlValue, Statement } from '@tidemark/db/database';
import { type Condition, guards as defaultGuards, type Holder } from '@tidemark/db/fence';
import type * as z from 'zod';
import { alertsOnLog } from '../alerts/on-log.ts';
import { isProgress, noteProgress } from '../alerts/progress.ts';
import { type ConsoleState, placeLines } from '../console/place.ts';
import { toNumber } from '../contract/common.ts';
import type { LineIn, LiveReply, SeriesIn } from '../contract/metrics.ts';
import type { Progress } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { ApiError, staleAttempt } from '../errors.ts';
import { paceOf, RENEWED, renewals } from '../leases/pace.ts';
import { type LiveState, replyOf, selectLive } from '../leases/reply.ts';
import { compactChunks, PART_CHUNKS } from './compact.ts';
import { encodeFrame, type Series } from './frame.ts';
import { addToSummary, type Summaries } from './summary.ts';

export interface Batch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly series: readonly SeriesIn[];
  readonly lines: readonly z.output<typeof LineIn>[];
  readonly progress?: Progress | undefined;
  readonly device?: string | undefined;
}

/** The newest points wait in the live row until there are this many bytes of them. */
const TAIL_BYTES = 16_384;
/** A batch larger than the tail goes straight into chunks of at most this. */
const CHUNK_BYTES = 262_144;

/** Each call rewrites the summary of the run's keys, one value of the live row. */
const SUMMARY_BYTES = 1_000_000;

/** What others append in between is met again so often, before it is too much. */
const TRIES = 20;

/**
 * Appends a batch, in order and once: one UPDATE of the live row that is fence, order check, append and lease extension. The summary
 * is merged in code, with the row's places (chunk, tail, line: each append moves one on) as the compare-and-swap. A batch that begins
 * at or before what is acknowledged changes nothing. Errors: stale_attempt, conflict (a gap), too_large (too many keys).
 */
export async function appendBatch(deps: Deps, holder: Holder, batch: Batch): Promise<LiveReply> {
  const { reply } = await tryAppend(deps, holder, batch);
  return reply;
}

/** The same, and whether the batch was appended by this call. */
export async function tryAppend(
  deps: Deps,
  holder: Holder,
  batch: Batch,
): Promise<{ reply: LiveReply; appended: boolean }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { state, appended, fillsPart } = await appendOnce(deps, holder, batch);
    if (!state) throw staleAttempt();
    if (state.acked < batch.firstSeq - 1) throw gap(batch, state.acked);
    if (appended && fillsPart) await compactChunks(deps, holder.run, holder.attempt);
    if (appended || state.acked >= batch.firstSeq) return { reply: replyOf(deps, holder.run, state), appended };
    // In order, but overtaken by a writer without numbers: behind what that one wrote.
  }
  throw new ApiError('unavailable', 'Too many writers log to this run at once.', { retryAfter: 1 });
}

interface Outcome {
  state: LiveState | undefined;
  appended: boolean;
  fillsPart: boolean;
}

async function appendOnce(deps: Deps, holder: Holder, batch: Batch): Promise<Outcome> {
  const guards = deps.guards ?? defaultGuards;
  const fence = guards.fence(holder, 'log');
  const order = guards.order(batch.firstSeq);
  const ours: Condition = { sql: `${fence.sql} AND ${order.sql}`, params: [...fence.params, ...order.params] };
  const [live] = await deps.db.all<Row & LiveRow>(
    `SELECT acked, summary, length(tail) AS tail_bytes, next_chunk, next_line, console_lines, length(console) AS console_length,
       console_size FROM live WHERE ${ours.sql}`,
    ours.params,
  );
  // Out of order, or not the holder's any more: nothing to write, only to answer.
  if (!live) {
    const [[state] = []] = await deps.db.batch([selectLive(fence)]);
    return { state: state as LiveState | undefined, appended: false, fillsPart: false };
  }
  const when: Condition = {
    sql: `${ours.sql} AND live.next_chunk = ? AND length(live.tail) = ? AND live.next_line = ?`,
    params: [...ours.params, live.next_chunk, live.tail_bytes, live.next_line],
  };
  const { list, fillsPart } = writes(deps, holder.run, live, batch, when);
  const alerts = await alertsOnLog(deps, holder, batch.series, when);
  const results = await deps.db.batch([...alerts, ...list, selectLive(fence)]);
  const state = results.at(-1)?.[0] as LiveState | undefined;
  const appended = (results.at(-2)?.length ?? 0) > 0;
  if (appended) {
    deps.signals.publish(`run:${holder.run}`);
    deps.signals.publish('changes');
    if (alerts.length > 0) deps.schedule(deps.now());
  }
  return { state, appended, fillsPart };
}

interface LiveRow extends ConsoleState {
  acked: number;
  summary: string;
  tail_bytes: number;
  next_chunk: number;
}

function writes(
  deps: Deps,
  run: string,
  live: LiveRow,
  batch: Batch,
  when: Condition,
): { list: Statement[]; fillsPart: boolean } {
  const series = batch.series.map(columnsOf);
  const summaries = JSON.parse(live.summary) as Summaries;
  addToSummary(summaries, series);
  if (Object.keys(summaries).length > deps.limits.keysPerRun) {
    throw new ApiError('too_large', `A run has at most ${deps.limits.keysPerRun} metric keys.`);
  }
  const summary = JSON.stringify(summaries);
  // Keys are ASCII, so these are bytes.
  if (summary.length > SUMMARY_BYTES) {
    throw new ApiError('too_large', 'The names and figures of a run’s metric keys come to more than 1 MB.');
  }
  const { chunks, tail, seals } = placed(series, live.tail_bytes);
  const list: Statement[] = [];
  let next = live.next_chunk;
  if (seals) list.push(insertChunk('tail', next++, [], when));
  for (const data of chunks) list.push(insertChunk('?', next++, [data], when));
  const now = deps.now();
  const lines = placeLines(batch.lines, live, { when, limit: deps.limits.console, now });
  list.push(...lines.statements);
  if (batch.device !== undefined) list.push(setDevice(run, batch.device, when));
  const progress = batch.progress === undefined ? null : JSON.stringify(batch.progress);
  const noted = noteProgress(isProgress(batch.series), progress, now);
  const { leaseSeconds } = paceOf(deps, run);
  list.push({
    sql: `UPDATE live SET tail = ${seals ? '?' : 'CAST(tail || ? AS BLOB)'}, acked = ?, summary = ?, next_chunk = ?, ${lines.set}
            ${noted.sql}, progress = COALESCE(?, progress), touched_at = ?, expires = ${RENEWED}
          WHERE ${when.sql} RETURNING acked`,
    params: [
      tail,
      batch.lastSeq,
      summary,
      next,
      ...lines.params,
      ...noted.params,
      progress,
      now,
      ...renewals(now, leaseSeconds),
      ...when.params,
    ],
  });
  return { list, fillsPart: next > live.next_chunk && next >= PART_CHUNKS };
}

/** Where a batch's points go: behind the tail, or, when it would grow too long, into the tail's place after it is sealed. */
function placed(
  series: readonly Series[],
  tailBytes: number,
): { chunks: Uint8Array[]; tail: Uint8Array; seals: boolean } {
  const frame = encodeFrame(series);
  const seals = tailBytes > 0 && tailBytes + frame.length > TAIL_BYTES;
  if (frame.length <= TAIL_BYTES) return { chunks: [], tail: frame, seals };
  return { chunks: pieces(series), tail: new Uint8Array(), seals: tailBytes > 0 };
}

function pieces(series: readonly Series[]): Uint8Array[] {
  const perPiece = Math.floor((CHUNK_BYTES - 1024) / 24);
  const out: Uint8Array[] = [];
  let open: Series[] = [];
  let room = perPiece;
  const flush = (): void => {
    if (open.length > 0) out.push(encodeFrame(open));
    open = [];
    room = perPiece;
  };
  for (const { key, steps, times, values } of series) {
    for (let start = 0; start < steps.length; ) {
      const end = Math.min(steps.length, start + room);
      open.push({
        key,
        steps: steps.subarray(start, end),
        times: times.subarray(start, end),
        values: values.subarray(start, end),
      });
      // A key's name costs room too.
      room -= end - start + 12;
      start = end;
      if (room <= 0) flush();
    }
  }
  flush();
  return out;
}

const columnsOf = ({ key, steps, times, values }: SeriesIn): Series => ({
  key,
  steps: Float64Array.from(steps),
  times: Float64Array.from(times),
  values: Float64Array.from(values, toNumber),
});

const insertChunk = (data: string, chunk: number, params: SqlValue[], when: Condition): Statement => ({
  sql: `INSERT INTO metric_chunks (run, attempt, chunk, data) SELECT run, attempt, ?, ${data} FROM live WHERE ${when.sql}`,
  params: [chunk, ...params, ...when.params],
});

/** Written once an attempt: the device is known only when the trainer has started. */
const setDevice = (run: string, device: string, when: Condition): Statement => ({
  sql: `UPDATE attempts SET device = ? WHERE run = ? AND device IS NOT ?
        AND attempt = (SELECT attempt FROM live WHERE ${when.sql})`,
  params: [device, run, device, ...when.params],
});

const gap = ({ firstSeq }: Batch, acked: number): ApiError =>
  new ApiError('conflict', `Sequence numbers through ${acked} are acknowledged; this batch starts at ${firstSeq}.`, {
    hint: `Send from ${acked + 1} on.`,
    details: [{ path: ['firstSeq'], message: 'a gap', value: acked, allowed: `≤ ${acked + 1}` }],
  });
