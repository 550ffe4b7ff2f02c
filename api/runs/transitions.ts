import type { RunStatus } from '../contract/runs.ts';

/** Where a run may go from each state. Terminal is final: a rerun is a new run. */
export const transitions: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['running', 'cancelled'],
  running: ['queued', 'cancelling', 'finished', 'pruned', 'failed', 'cancelled'],
  cancelling: ['cancelled', 'finished'],
  finished: [],
  pruned: [],
  failed: [],
  cancelled: [],
};

export const isTerminal = (status: RunStatus): boolean => transitions[status].length === 0;

export type Outcome = 'finished' | 'failed' | 'pruned' | 'cancelled';

/**
 * The state after an attempt says how it ended. While cancelling, a finish that arrives wins and anything else is the cancel;
 * a failure with retries left is queued again.
 */
export function statusAfter(
  status: RunStatus,
  outcome: Outcome,
  { failures, maxRetries }: { failures: number; maxRetries: number },
): RunStatus {
  if (status === 'cancelling') return outcome === 'finished' ? 'finished' : 'cancelled';
  return outcome === 'failed' && failures < maxRetries ? 'queued' : outcome;
}
