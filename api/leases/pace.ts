import type { Deps } from '../deps.ts';

export interface Pace {
  readonly nextSeconds: number;
  readonly leaseSeconds: number;
}

/** How often a run's writer should write: 5 s while somebody watches, else 30; rows written are what the edge bills. */
export function paceOf(deps: Deps, run: string): Pace {
  const watched = deps.signals.watching(`run:${run}`) + deps.signals.watching('changes') > 0;
  const nextSeconds = watched ? 5 : 30;
  return { nextSeconds, leaseSeconds: Math.max(60, 3 * nextSeconds) };
}

/** How long an idle worker waits before it asks again: soon after any activity, up to a minute in a quiet project. */
export const claimPause = (idleMs: number, hasSocket: boolean): number =>
  hasSocket ? 60 : Math.min(60, Math.max(2, Math.round(idleMs / 60_000)));

/** `last_seen_at` of a polling worker is written at most this often (ms): it costs a row. */
export const SEEN_EVERY = 20_000;

/** How long (ms) a worker may stay silent before it counts as lost. */
export const silence = (nextSeconds: number): number => 3 * nextSeconds * 1000 + SEEN_EVERY;

/** How long (ms) a script that promised to keep its run alive may stay silent: many times its longest pause, a night's sleep not. */
export const KEPT_ALIVE_MS = 600_000;

/** What a sign of life makes of `live.expires`; a run that was asked to stop keeps its deadline. Its parameters: `renewals`. */
export const RENEWED = 'CASE WHEN leased = 1 THEN ? WHEN expires IS NULL OR cancel = 1 THEN expires ELSE ? END';
export const renewals = (now: number, leaseSeconds: number): [leased: number, keptAlive: number] => [
  now + leaseSeconds * 1000,
  now + KEPT_ALIVE_MS,
];
