import type { Row, SqlValue } from '@tidemark/db/database';
import { experimentsOf, scopeOfRole } from '../auth.ts';
import type { Role } from '../contract/members.ts';
import type { Principal } from '../deps.ts';

/** Whom a row of `sessions` stands for, with its token or its member; a parameter is the time. */
export const HOLDER = {
  columns: `tokens.id AS token_id, tokens.name AS token_name, tokens.scope, tokens.experiments, tokens.rate,
    members.id AS member_id, members.name AS member_name, members.email, members.role, members.user_id, members.last_seen_at`,
  joins: 'LEFT JOIN tokens ON tokens.id = sessions.token_id LEFT JOIN members ON members.id = sessions.member_id',
  stands: `(members.id IS NOT NULL
    OR (tokens.revoked_at IS NULL AND tokens.id IS NOT NULL AND (tokens.expires_at IS NULL OR tokens.expires_at > ?)))`,
} as const;

/** The principal of such a row. */
export function holderOf(row: Row, sessionId: string | null): Principal {
  if (row.member_id === null) {
    const experiments = experimentsOf(row.experiments as string | null);
    const scope = row.scope as Principal['scope'];
    const tokenId = Number(row.token_id);
    return { name: String(row.token_name), scope, tokenId, experiments, rate: row.rate as number | null, sessionId };
  }
  return memberPrincipal(
    { id: row.member_id!, name: row.member_name!, email: row.email!, role: row.role!, user_id: row.user_id! },
    sessionId,
  );
}

export function memberPrincipal(
  row: { id: SqlValue; name: SqlValue; email: SqlValue; role: SqlValue; user_id: SqlValue },
  sessionId: string | null,
): Principal {
  // The table's own check holds the role to these three.
  const role = row.role as Role;
  return {
    name: String(row.name),
    email: String(row.email),
    role,
    scope: scopeOfRole[role],
    tokenId: null,
    memberId: Number(row.id),
    userId: row.user_id as string | null,
    sessionId,
  };
}
