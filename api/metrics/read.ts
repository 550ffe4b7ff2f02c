import type * as z from 'zod';
import type { readMetrics as route } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { invalid, notFound } from '../errors.ts';
import { EPOCH_KEY, type Placement, placementOf } from './axis.ts';
import { bucketColumns, exactColumns, type Grid, gridOf, type Placed } from './downsample.ts';
import { type AttemptPoints, collect, selectPoints, upToStep } from './visible.ts';

type Query = z.output<typeof route.query>;
type Reply = z.output<typeof route.response>;

/** Entries that one reply may hold: series times points. */
const MOST_ENTRIES = 2_000_000;
/** Packed rows of so many runs are in memory at a time; each run is read in one transaction. */
const RUNS_AT_ONCE = 10;

/**
 * Many runs and keys in one reply: the visible points in range, exact where a series has no more than `points` of them, else one
 * entry a bucket of the reply's one grid. Errors: invalid_request (too much at once), not_found.
 */
export async function readMetrics(deps: Deps, query: Query): Promise<Reply> {
  const runs = [...new Set(query.runs)];
  const keys = [...new Set(query.keys)];
  const { points, axis } = query;
  const wanted = axis === 'epoch' ? [...keys, EPOCH_KEY] : keys;
  if (runs.length * keys.length * points > MOST_ENTRIES) {
    const allowed = `runs × keys × points ≤ ${MOST_ENTRIES}`;
    throw invalid(['query', 'points'], 'too much for one reply', { value: points, allowed });
  }
  await requireRuns(deps, runs);
  const unplaced: string[] = [];
  const found: { run: string; key: string; placed: Placed }[] = [];
  for (let start = 0; start < runs.length; start += RUNS_AT_ONCE) {
    const some = runs.slice(start, start + RUNS_AT_ONCE);
    const byRun = collect(await deps.db.batch(selectPoints(some, wanted)), new Set(wanted));
    for (const run of some) {
      const attempts = byRun.get(run) ?? [];
      const place = placementOf(axis, attempts);
      if (!place) {
        unplaced.push(run);
        continue;
      }
      for (const key of keys) {
        const placed = placedSeries(attempts, key, place, query);
        if (placed) found.push({ run, key, placed });
      }
    }
  }
  const grid = sharedGrid(
    found.map(({ placed }) => placed),
    query,
  );
  return {
    axis,
    grid,
    series: found.map(({ run, key, placed }) => ({
      run,
      key,
      ...(placed.x.length <= points || !grid ? exactColumns(placed) : bucketColumns(placed, grid)),
    })),
    unplaced,
  };
}

async function requireRuns(deps: Deps, runs: readonly string[]): Promise<void> {
  const rows = await deps.db.all('SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(?))', [
    JSON.stringify(runs),
  ]);
  const known = new Set(rows.map((row) => row.id));
  const unknown = runs.find((run) => !known.has(run));
  if (unknown !== undefined) throw notFound(`run ${unknown}`);
}

/** Null when the run never logged the key; a series with nothing in range is an empty one. */
function placedSeries(
  attempts: readonly AttemptPoints[],
  key: string,
  place: Placement,
  { from, to }: Query,
): Placed | null {
  const x: number[] = [];
  const steps: number[] = [];
  const times: number[] = [];
  const values: number[] = [];
  let logged = false;
  let sorted = true;
  for (const attempt of attempts) {
    for (const block of attempt.blocks) {
      if (block.key !== key) continue;
      const visible = upToStep(block, attempt.upTo);
      if (visible.steps.length > 0) logged = true;
      for (let i = 0; i < visible.steps.length; i++) {
        const at = place(visible.steps[i]!, visible.times[i]!, attempt);
        if ((from !== undefined && at < from) || (to !== undefined && at > to)) continue;
        if (x.length > 0 && at < x[x.length - 1]!) sorted = false;
        x.push(at);
        steps.push(visible.steps[i]!);
        times.push(visible.times[i]!);
        values.push(visible.values[i]!);
      }
    }
  }
  if (!logged) return null;
  const order = sorted ? null : x.map((_, i) => i).sort((a, b) => x[a]! - x[b]!);
  const column = (from: number[]): Float64Array =>
    order ? Float64Array.from(order, (i) => from[i]!) : Float64Array.from(from);
  return { x: column(x), steps: column(steps), times: column(times), values: column(values) };
}

/** Null when every series is exact. The grid spans what is asked for, or else what is there. */
function sharedGrid(series: readonly Placed[], { points, axis, from, to }: Query): Grid | null {
  if (series.every(({ x }) => x.length <= points)) return null;
  // No axis reaches further, and the width of a grid over more would not be a number.
  let low = from === undefined ? Number.POSITIVE_INFINITY : Math.max(from, -(2 ** 53));
  let high = to === undefined ? Number.NEGATIVE_INFINITY : Math.min(to, 2 ** 53);
  for (const { x } of series) {
    if (x.length === 0) continue;
    if (from === undefined) low = Math.min(low, x[0]!);
    if (to === undefined) high = Math.max(high, x[x.length - 1]!);
  }
  return gridOf(low, high, points, axis === 'step' || axis === 'wall');
}
