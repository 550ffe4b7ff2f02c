import type { Row, Statement } from '@tidemark/db/database';
import type { BlobStore } from '../blobs/store.ts';
import { decodeFrame, type Series } from './frame.ts';
import { requireStored, STORED, STORES, type StoredRow } from './stored.ts';

/**
 * What an attempt contributes to a run's history. Nothing is deleted on resume: a point of attempt a is visible up to the smallest
 * resume_step of the later attempts, so the history is one lineage.
 */
export interface AttemptSpan {
  readonly run: string;
  readonly attempt: number;
  /** Milliseconds; for the axis of relative time. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** The highest visible step; Infinity for the newest attempt. */
  readonly upTo: number;
}

export interface AttemptPoints extends AttemptSpan {
  /** In the order logged. */
  readonly blocks: Series[];
}

export const selectAttempts = (runs: readonly string[]): Statement => ({
  sql: `SELECT run, attempt, started_at, ended_at, resume_step, visible_to FROM attempts
        WHERE run IN (SELECT value FROM json_each(?)) ORDER BY run, attempt`,
  params: [JSON.stringify(runs)],
});

/** Statements that read the runs' points in one transaction; `collect` makes of their rows what is visible. */
export const selectPoints = (runs: readonly string[]): Statement[] => {
  const params = [JSON.stringify(runs)];
  const wanted = 'run IN (SELECT value FROM json_each(?))';
  return [
    selectAttempts(runs),
    {
      sql: `SELECT s.run, s.attempt, ${STORED} FROM metric_segments AS s ${STORES} WHERE s.${wanted} AND s.level = 0
            ORDER BY s.run, s.attempt, s.part, s.key_group`,
      params,
    },
    { sql: `SELECT run, attempt, data FROM metric_chunks WHERE ${wanted} ORDER BY run, attempt, chunk`, params },
    { sql: `SELECT run, attempt, tail AS data FROM live WHERE ${wanted}`, params },
  ];
};

/** A run's attempts in order, of the rows of `selectAttempts`. */
export function spansOf(rows: readonly Row[]): Map<string, AttemptSpan[]> {
  const byRun = new Map<string, AttemptSpan[]>();
  // Back from the newest: the smallest resume_step seen so far is the limit of the next one.
  const limits = new Map<string, number>();
  for (const row of [...rows].reverse()) {
    const run = String(row.run);
    const limit = limits.get(run) ?? Number.POSITIVE_INFINITY;
    const span: AttemptSpan = {
      run,
      attempt: Number(row.attempt),
      startedAt: Number(row.started_at),
      endedAt: row.ended_at === null ? null : Number(row.ended_at),
      // An attempt that was given up hides what is lost at once, not only when the next one starts.
      upTo: Math.min(limit, row.visible_to === null ? Number.POSITIVE_INFINITY : Number(row.visible_to)),
    };
    const resume = row.resume_step === null ? Number.NEGATIVE_INFINITY : Number(row.resume_step);
    limits.set(run, Math.min(limit, resume));
    byRun.set(run, [span, ...(byRun.get(run) ?? [])]);
  }
  return byRun;
}

/**
 * By attempt, the time (ms) at which its running time would be 0: a point's relative time is what it lies behind that, so the pauses
 * between attempts do not count. It stands from the attempt's start on, because every earlier attempt has ended.
 */
export function phasesOf(spans: readonly AttemptSpan[]): Map<number, number> {
  const phases = new Map<number, number>();
  let ran = 0;
  for (const { attempt, startedAt, endedAt } of spans) {
    phases.set(attempt, startedAt - ran);
    ran += Math.max(0, (endedAt ?? startedAt) - startedAt);
  }
  return phases;
}

/** Of the rows of `selectPoints`. Errors: unavailable. */
export async function collect(blobs: BlobStore, rows: readonly Row[][]): Promise<Map<string, AttemptPoints[]>> {
  const [attempts = [], segments = [], ...stores] = rows;
  const byRun = new Map<string, AttemptPoints[]>();
  for (const [run, spans] of spansOf(attempts)) {
    byRun.set(
      run,
      spans.map((span) => ({ ...span, blocks: [] })),
    );
  }
  const add = (row: Row, data: Uint8Array): void => {
    const points = byRun.get(String(row.run))?.find(({ attempt }) => attempt === row.attempt);
    points?.blocks.push(...decodeFrame(data));
  };
  const stored = await requireStored(blobs, segments as StoredRow[]);
  for (const [index, row] of segments.entries()) add(row, stored[index]!);
  for (const store of stores) for (const row of store) add(row, row.data as Uint8Array);
  return byRun;
}

/** A block's points up to a step; the block itself when that is all of them. */
export function upToStep(block: Series, step: number): Series {
  if (block.steps.every((value) => value <= step)) return block;
  const kept: number[] = [];
  block.steps.forEach((value, i) => {
    if (value <= step) kept.push(i);
  });
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i]!);
  return { key: block.key, steps: pick(block.steps), times: pick(block.times), values: pick(block.values) };
}
