import type { Deps, Principal } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { newSecret } from '../tokens/secret.ts';
import { SESSION_DAYS } from './cookie.ts';

/** A session's secret and a login code are hashed apart, so that neither can stand for the other. */
export const sessionHash = (secret: string): Promise<string> => sha256Hex(`session:${secret}`);

/** What a session is called in lists: a piece of its hash, which opens nothing. */
export const sessionId = (hash: string): string => hash.slice(0, 16);

/** A browser's session that stands for a token or a member; answers its secret. It ends with what it stands for, if not before. */
export async function openSession(
  deps: Deps,
  { tokenId, memberId = null }: Pick<Principal, 'tokenId' | 'memberId'>,
  agent = '',
): Promise<string> {
  const secret = newSecret(deps.rng);
  const now = deps.now();
  await deps.db.batch([
    { sql: 'DELETE FROM sessions WHERE expires_at <= ?', params: [now] },
    {
      sql: `INSERT INTO sessions (hash, token_id, member_id, created_at, expires_at, agent) VALUES (?, ?, ?, ?, ?, ?)`,
      params: [
        await sessionHash(secret),
        tokenId,
        tokenId === null ? memberId : null,
        now,
        now + SESSION_DAYS * 86_400_000,
        agent.slice(0, 200),
      ],
    },
  ]);
  return secret;
}
