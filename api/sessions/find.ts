import type { Deps, Principal } from '../deps.ts';
import { sessionHash } from './open.ts';

/** Whom a session stands for; null when it ended, or its token was revoked or has expired. */
export async function findSession(deps: Deps, secret: string): Promise<Principal | null> {
  const now = deps.now();
  const [row] = await deps.db.all<{ id: number; name: string; scope: Principal['scope'] }>(
    `SELECT tokens.id, tokens.name, tokens.scope FROM sessions JOIN tokens ON tokens.id = sessions.token_id
     WHERE sessions.hash = ? AND sessions.expires_at > ? AND tokens.revoked_at IS NULL
       AND (tokens.expires_at IS NULL OR tokens.expires_at > ?)`,
    [await sessionHash(secret), now, now],
  );
  return row ? { name: row.name, scope: row.scope, tokenId: row.id } : null;
}
