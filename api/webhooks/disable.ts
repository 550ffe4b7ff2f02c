import type { Statement } from '@tidemark/db/database';

/** Switches an address off. What still waits for it is given up: somebody may send it again by hand. */
export const disableStatements = (id: number, at: number, reason: string): Statement[] => [
  {
    sql: 'UPDATE webhooks SET disabled_at = ?, disabled_reason = ? WHERE id = ? AND disabled_at IS NULL',
    params: [at, reason, id],
  },
  { sql: "UPDATE messages SET state = 'failed' WHERE webhook_id = ? AND state = 'pending'", params: [id] },
];
