import type { Row } from '@tidemark/db/database';
import type { AlertRule, Firing } from '../contract/alerts.ts';
import type { Deps } from '../deps.ts';
import { type State, step } from './edge.ts';
import { isFinitePoint, type PastPoint, pastPoints } from './past-points.ts';
import { isTrueOf, type PointRule } from './rule.ts';

/** Of one run. */
const MOST_FIRINGS = 100;

interface Replay {
  readonly rule: AlertRule;
  readonly cooldownMinutes: number | null;
}

/**
 * Where a rule would have fired in one run, by what is stored of it: the visible points at their own times, and the attempts. The same
 * edges as live, with each point's time in place of the server's.
 */
export async function replayRun(deps: Deps, run: string, { rule, cooldownMinutes }: Replay): Promise<Firing[]> {
  switch (rule.kind) {
    case 'metric':
      return edges(pastPoints(deps, run, rule.key), rule, cooldownMinutes);
    case 'nan':
      return edges(byTime(pastPoints(deps, run, rule.key ?? null), cooldownMinutes !== null), rule, cooldownMinutes);
    case 'no_progress':
      return stalls(deps, run, rule.minutes, cooldownMinutes);
    default:
      return ends(deps, run, rule.kind, cooldownMinutes);
  }
}

async function edges(
  points: AsyncIterable<PastPoint>,
  rule: PointRule,
  cooldownMinutes: number | null,
): Promise<Firing[]> {
  const firings: Firing[] = [];
  let state: State = null;
  for await (const { key, step: at, time, value } of points) {
    const edge = step(state, isTrueOf(rule, at, value), time, cooldownMinutes);
    state = edge.state;
    if (edge.fires) firings.push({ at: time, attempt: null, key, step: at, value });
    if ((cooldownMinutes === null && state !== null) || firings.length === MOST_FIRINGS) break;
  }
  return firings;
}

/** Keys come one after the other where they are stored; a rule on all of them wants the points in the order of their times. */
async function* byTime(points: AsyncIterable<PastPoint>, all: boolean): AsyncGenerator<PastPoint> {
  const kept: PastPoint[] = [];
  // What fires once needs only the first point that is not finite.
  for await (const point of points) if (all || !isFinitePoint(point)) kept.push(point);
  yield* kept.toSorted((a, b) => a.time - b.time);
}

interface AttemptRow extends Row {
  attempt: number;
  started_at: number;
  ended_at: number | null;
  outcome: string | null;
}

const attemptsOf = (deps: Deps, run: string): Promise<AttemptRow[]> =>
  deps.db.all<AttemptRow>(
    'SELECT attempt, started_at, ended_at, outcome FROM attempts WHERE run = ? ORDER BY attempt',
    [run],
  );

/** Times in each attempt so long after the last point (or the start) that none followed before. Seconds are fine enough. */
async function stalls(deps: Deps, run: string, minutes: number, cooldownMinutes: number | null): Promise<Firing[]> {
  const seconds = new Set<number>();
  for await (const { key, time } of pastPoints(deps, run, null)) {
    if (!key.startsWith('system/')) seconds.add(Math.floor(time / 1000));
  }
  const times = [...seconds].sort((a, b) => a - b).map((second) => second * 1000);
  const firings: Firing[] = [];
  let state: State = null;
  for (const { attempt, started_at, ended_at } of await attemptsOf(deps, run)) {
    const end = ended_at ?? deps.now();
    const moved = [started_at, ...times.filter((time) => time > started_at && time < end), end];
    for (const [i, from] of moved.slice(0, -1).entries()) {
      const at = from + minutes * 60_000;
      if (moved[i + 1]! < at) continue;
      const edge = step(state && { ...state, armed: true }, true, at, cooldownMinutes);
      state = edge.state;
      if (edge.fires) firings.push({ at, attempt, key: null, step: null, value: null });
      if (firings.length === MOST_FIRINGS) return firings;
    }
  }
  return firings;
}

async function ends(
  deps: Deps,
  run: string,
  kind: 'failed' | 'finished' | 'worker_lost',
  cooldownMinutes: number | null,
): Promise<Firing[]> {
  const attempts = await attemptsOf(deps, run);
  const [row] = await deps.db.all<Row & { status: string; ended_at: number | null }>(
    'SELECT status, ended_at FROM runs WHERE id = ?',
    [run],
  );
  const told =
    kind === 'worker_lost'
      ? attempts.filter(({ outcome }) => outcome === 'lost')
      : attempts.slice(-1).filter(() => row?.status === kind && row.ended_at !== null);
  const firings: Firing[] = [];
  let state: State = null;
  for (const { attempt, ended_at } of told) {
    const at = ended_at ?? row?.ended_at ?? 0;
    const edge = step(state && { ...state, armed: true }, true, at, cooldownMinutes);
    state = edge.state;
    if (edge.fires) firings.push({ at, attempt, key: null, step: null, value: null });
  }
  return firings.slice(0, MOST_FIRINGS);
}
