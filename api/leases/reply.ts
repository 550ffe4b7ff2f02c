import type { Statement } from '@tidemark/db/database';
import type { Condition } from '@tidemark/db/fence';
import type { LiveReply } from '../contract/metrics.ts';
import type { Deps } from '../deps.ts';
import { paceOf } from './pace.ts';

export interface LiveState {
  readonly acked: number;
  readonly cancel: number;
  readonly prune: number;
  readonly drain: number;
}

/** What the writer is told, read in the same transaction as its write. */
export const selectLive = (fence: Condition): Statement => ({
  sql: `SELECT acked, cancel, prune, COALESCE((SELECT drain FROM workers WHERE workers.id = live.worker), 0) AS drain
        FROM live WHERE ${fence.sql}`,
  params: fence.params,
});

export function replyOf(deps: Deps, run: string, live: LiveState): LiveReply {
  return {
    ackedSeq: live.acked,
    cancel: live.cancel === 1,
    prune: live.prune === 1,
    drain: live.drain === 1,
    ...paceOf(deps, run),
  };
}
