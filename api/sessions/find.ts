import type { Row } from '@tidemark/db/database';
import { USED_EVERY } from '../auth.ts';
import type { Deps, Principal } from '../deps.ts';
import { HOLDER, holderOf } from './holder.ts';
import { sessionHash, sessionId } from './open.ts';

/** Whom a session stands for; null when it ended, its token was revoked or has expired, or its member was removed. */
export async function findSession(deps: Deps, secret: string): Promise<Principal | null> {
  const now = deps.now();
  const hash = await sessionHash(secret);
  const [row] = await deps.db.all<Row>(
    `SELECT ${HOLDER.columns} FROM sessions ${HOLDER.joins}
     WHERE sessions.hash = ? AND sessions.code = 0 AND sessions.expires_at > ? AND ${HOLDER.stands}`,
    [hash, now, now],
  );
  if (!row) return null;
  if (row.member_id !== null && now - Number(row.last_seen_at ?? 0) > USED_EVERY) {
    await deps.db.all('UPDATE members SET last_seen_at = ? WHERE id = ?', [now, row.member_id!]);
  }
  return holderOf(row, sessionId(hash));
}
