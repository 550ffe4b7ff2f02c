import type { Row, Statement } from '@tidemark/db/database';
import { decodeFrame, type Series } from './frame.ts';

/**
 * What an attempt contributes to a run's history. Nothing is deleted on resume: a point of attempt a is visible up to the smallest
 * resume_step of the later attempts, so the history is one lineage.
 */
export interface AttemptPoints {
  readonly run: string;
  readonly attempt: number;
  /** Milliseconds; for the axis of relative time. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** The highest visible step; Infinity for the newest attempt. */
  readonly upTo: number;
  /** In the order logged. */
  readonly blocks: Series[];
}

/** Statements that read the runs' points in one transaction; `collect` makes of their rows what is visible. */
export const selectPoints = (runs: readonly string[]): Statement[] => {
  const params = [JSON.stringify(runs)];
  const wanted = 'run IN (SELECT value FROM json_each(?))';
  return [
    {
      sql: `SELECT run, attempt, started_at, ended_at, resume_step FROM attempts WHERE ${wanted} ORDER BY run, attempt`,
      params,
    },
    {
      sql: `SELECT run, attempt, data FROM metric_segments WHERE ${wanted} AND level = 0 ORDER BY run, attempt, part, key_group`,
      params,
    },
    { sql: `SELECT run, attempt, data FROM metric_chunks WHERE ${wanted} ORDER BY run, attempt, chunk`, params },
    { sql: `SELECT run, attempt, tail AS data FROM live WHERE ${wanted}`, params },
  ];
};

/** `resumeAt`: as if one more attempt went on from there (null: from nothing). */
export function collect(
  rows: readonly Row[][],
  keys?: ReadonlySet<string>,
  resumeAt?: number | null,
): Map<string, AttemptPoints[]> {
  const [attempts = [], ...stores] = rows;
  const byRun = new Map<string, AttemptPoints[]>();
  for (const row of [...attempts].reverse()) {
    const run = String(row.run);
    const later = byRun.get(run) ?? [];
    const next = later[0];
    // Walking back from the newest, `upTo` already holds the smallest of those after the next one.
    const nextResume = next ? resumeOf.get(next) : resumeAt === undefined ? Number.POSITIVE_INFINITY : lowest(resumeAt);
    const points: AttemptPoints = {
      run,
      attempt: Number(row.attempt),
      startedAt: Number(row.started_at),
      endedAt: row.ended_at === null ? null : Number(row.ended_at),
      upTo: Math.min(next?.upTo ?? Number.POSITIVE_INFINITY, nextResume ?? Number.POSITIVE_INFINITY),
      blocks: [],
    };
    resumeOf.set(points, lowest(row.resume_step as number | null));
    byRun.set(run, [points, ...later]);
  }
  for (const store of stores) {
    for (const row of store) {
      const points = byRun.get(String(row.run))?.find(({ attempt }) => attempt === row.attempt);
      points?.blocks.push(...decodeFrame(row.data as Uint8Array, keys));
    }
  }
  return byRun;
}

const resumeOf = new WeakMap<AttemptPoints, number>();
const lowest = (step: number | null): number => step ?? Number.NEGATIVE_INFINITY;

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
