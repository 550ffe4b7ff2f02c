import type { Run } from '../contract/runs.ts';
import type { Deps } from '../deps.ts';
import { type WorkerRow, workerRows } from '../workers/rows.ts';

/** Fills in why each queued run waits; others are left as they are. */
export async function explainWaits(deps: Deps, runs: readonly Run[]): Promise<Run[]> {
  if (!runs.some((run) => run.status === 'queued')) return [...runs];
  const [workers, queued] = await Promise.all([
    workerRows(deps),
    deps.db.all<{ id: string; requires: string; available_at: number }>(
      `SELECT id, requires, available_at FROM runs WHERE status = 'queued' AND deleted_at IS NULL
       ORDER BY priority DESC, available_at, ordinal, id LIMIT 2000`,
    ),
  ]);
  const now = deps.now();
  const ahead = new Map<string, number>();
  // Counted by distinct requirement, of which a queue has few however long it is.
  const seen = new Map<string, number>();
  for (const row of queued) {
    const requires = JSON.parse(row.requires) as string[];
    let before = 0;
    for (const [other, runs] of seen)
      if (sharesWorker(workers, requires, JSON.parse(other) as string[])) before += runs;
    ahead.set(row.id, before);
    seen.set(row.requires, (seen.get(row.requires) ?? 0) + 1);
  }
  return runs.map((run) => {
    if (run.status !== 'queued') return run;
    return { ...run, waits: waitReason(run.requires, workers, ahead.get(run.id) ?? queued.length, now) };
  });
}

const matches = (worker: WorkerRow, requires: readonly string[]): boolean =>
  requires.every((label) => worker.labels.includes(label));
const alive = (worker: WorkerRow): boolean => worker.state === 'idle' || worker.state === 'busy';
const sharesWorker = (workers: readonly WorkerRow[], a: readonly string[], b: readonly string[]): boolean =>
  workers.some((worker) => alive(worker) && matches(worker, a) && matches(worker, b));

/** Why a run with these required labels and so many runs before it is not running yet, in words. */
export function waitReason(
  requires: readonly string[],
  workers: readonly WorkerRow[],
  ahead: number,
  now: number,
): string {
  const live = workers.filter(alive);
  if (live.length === 0) {
    const draining = workers.filter((worker) => worker.state === 'draining').length;
    if (draining > 0) return `no worker takes new runs: ${count(draining, 'worker is', 'workers are')} draining`;
    const [last] = workers.filter((worker) => worker.state !== 'gone').sort((a, b) => b.lastSeenAt - a.lastSeenAt);
    return last ? `no live worker: ${last.name} was last seen ${ago(now - last.lastSeenAt)} ago` : 'no live worker';
  }
  const missing = requires.filter((label) => !live.some((worker) => worker.labels.includes(label)));
  if (missing.length > 0) return `no live worker has label ${missing.join(' or ')}`;
  const able = live.filter((worker) => matches(worker, requires));
  if (able.length === 0) return `no live worker has all of ${requires.join(', ')}`;
  const free = able.filter((worker) => worker.runs.length < worker.slots);
  if (free.length === 0) {
    const who =
      able.length === 1
        ? `${able[0]!.name}, the only matching worker, is busy`
        : `all ${able.length} matching workers are busy`;
    return ahead === 0 ? `${who}; next in line` : `${who}; ${count(ahead, 'run', 'runs')} before it`;
  }
  return ahead === 0
    ? `next in line: ${free[0]!.name} is about to take it`
    : `${count(ahead, 'run', 'runs')} before it`;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return count(seconds, 'second', 'seconds');
  if (seconds < 3600) return count(Math.round(seconds / 60), 'minute', 'minutes');
  if (seconds < 86_400) return count(Math.round(seconds / 3600), 'hour', 'hours');
  return count(Math.round(seconds / 86_400), 'day', 'days');
}
