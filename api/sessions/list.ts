import type { Row } from '@tidemark/db/database';
import type { Session } from '../contract/sessions.ts';
import type { Deps, Principal } from '../deps.ts';
import { sessionId } from './open.ts';

/** The sessions of a principal's token or member, and of its person, newest first. */
export async function listSessions(deps: Deps, principal: Principal): Promise<Session[]> {
  const { tokenId, memberId = null, userId, sessionId: current } = principal;
  const rows = await deps.db.all<Row>(
    `SELECT hash, created_at, expires_at, agent FROM sessions
     WHERE code = 0 AND expires_at > ? AND (token_id = ? OR member_id = ?) ORDER BY created_at DESC, hash LIMIT 1000`,
    [deps.now(), tokenId, memberId],
  );
  const own = rows.map((row) => ({
    id: sessionId(String(row.hash)),
    kind: 'project' as const,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    agent: String(row.agent),
  }));
  const persons = (userId && (await deps.directory?.sessionsOf(userId))) || [];
  return [...own, ...persons.map((one) => ({ ...one, kind: 'person' as const }))]
    .map((one) => ({ ...one, current: one.id === current }))
    .sort((a, b) => b.createdAt - a.createdAt);
}
