import type { SqlValue } from './database.ts';

// The one rule that makes history exact: whatever a lease holder may cause is written only where its row of `live` still
// stands, and says so inside every statement, because a later statement of a batch still runs when an earlier one matched nothing.
// An expired lease that nobody has taken stays valid: only another holder, or an end, takes the row away.

/** A condition on `live` with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Who claims to hold a run. */
export interface Holder {
  readonly run: string;
  readonly attempt: number;
  readonly token: string;
}

export type FencedCall = 'log' | 'heartbeat' | 'checkpoint' | 'artifact' | 'finish' | 'release';

/** The conditions of the protocol, in one place so that tests can weaken each and see it caught. */
export interface Guards {
  /** The holder's row stands. */
  fence(holder: Holder, call: FencedCall): Condition;
  /** A batch comes in order: everything before it is acknowledged. */
  order(firstSeq: number): Condition;
  /** Everything up to a sequence number is acknowledged. */
  through(seq: number, call: 'checkpoint' | 'finish'): Condition;
  /** SQL over the run's checkpoints for a new attempt's resume_step; `runs.id` is in scope. */
  readonly resumeStep: string;
}

export const guards: Guards = {
  fence: ({ run, attempt, token }) => ({
    sql: 'live.run = ? AND live.attempt = ? AND live.token = ?',
    params: [run, attempt, token],
  }),
  order: (firstSeq) => ({ sql: 'live.acked = ?', params: [firstSeq - 1] }),
  through: (seq) => ({ sql: 'live.acked >= ?', params: [seq] }),
  resumeStep: '(SELECT MAX(step) FROM checkpoints WHERE checkpoints.run = runs.id)',
};
