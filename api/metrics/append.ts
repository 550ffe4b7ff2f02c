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

/**
 * Appends a batch, in order and once: one UPDATE of the live row that is fence, order check, append and lease extension. The summary
 * is merged in code, with `acked` as the compare-and-swap. A batch that begins at or before what is acknowledged changes
 * nothing. Errors: stale_attempt, conflict (a gap), too_large (too many keys).
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
  const guards = deps.guards ?? defaultGuards;
  const fence = guards.fence(holder, 'log');
  const order = guards.order(batch.firstSeq);
  const when: Condition = { sql: `${fence.sql} AND ${order.sql}`, params: [...fence.params, ...order.params] };
  const [live] = await deps.db.all<Row & LiveRow>(
    `SELECT acked, summary, length(tail) AS tail_bytes, next_chunk, next_line, console_lines, length(console) AS console_length,
       console_size FROM live WHERE ${when.sql}`,
    when.params,
  );
  // Out of order, or not the holder's any more: nothing to write, only to answer.
  const statements = live ? writes(deps, holder.run, live, batch, when) : { list: [], fillsPart: false };
  const alerts = live ? await alertsOnLog(deps, holder, batch.series, when) : [];
  const results = await deps.db.batch([...alerts, ...statements.list, selectLive(fence)]);
  const state = results.at(-1)?.[0] as LiveState | undefined;
  const appended = (results.at(-2)?.length ?? 0) > 0;
  if (!state) throw staleAttempt();
  if (state.acked < batch.firstSeq - 1) throw gap(batch, state.acked);
  if (appended) {
    deps.signals.publish(`run:${holder.run}`);
    deps.signals.publish('changes');
    if (alerts.length > 0) deps.schedule(deps.now());
    if (statements.fillsPart) await compactChunks(deps, holder.run, holder.attempt);
  }
  return { reply: replyOf(deps, holder.run, state), appended };
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
      JSON.stringify(summaries),
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
