import type { Deps, Principal } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { newSecret } from '../tokens/secret.ts';
import { SESSION_DAYS } from './cookie.ts';

/** A session's secret and a login code are hashed apart, so that neither can stand for the other. */
export const sessionHash = (secret: string): Promise<string> => sha256Hex(`session:${secret}`);

/** A browser's session that stands for a token; answers its secret. It ends with the token, if not before. */
export async function openSession(deps: Deps, principal: Principal): Promise<string> {
  const secret = newSecret(deps.rng);
  const now = deps.now();
  await deps.db.batch([
    { sql: 'DELETE FROM sessions WHERE expires_at <= ?', params: [now] },
    {
      sql: 'INSERT INTO sessions (hash, token_id, created_at, expires_at) VALUES (?, ?, ?, ?)',
      params: [await sessionHash(secret), principal.tokenId, now, now + SESSION_DAYS * 86_400_000],
    },
  ]);
  return secret;
}
