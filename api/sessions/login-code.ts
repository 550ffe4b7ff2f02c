import type { Deps, Principal } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { newSecret } from '../tokens/secret.ts';

/** Hours until a login link that nobody opened is void. */
const CODE_HOURS = 24;

const codeHash = (code: string): Promise<string> => sha256Hex(`login:${code}`);

/** The address of a login, good once: a session that has yet to be taken up. */
export async function createLoginLink(deps: Deps, tokenId: number): Promise<{ path: string; expiresAt: number }> {
  const code = newSecret(deps.rng).slice(3);
  const now = deps.now();
  const expiresAt = now + CODE_HOURS * 3_600_000;
  await deps.db.all('INSERT INTO sessions (hash, token_id, created_at, expires_at) VALUES (?, ?, ?, ?)', [
    await codeHash(code),
    tokenId,
    now,
    expiresAt,
  ]);
  return { path: `${deps.slug === 'default' ? '' : `/p/${deps.slug}`}/login?code=${code}`, expiresAt };
}

/** Takes a code up; null when there is none such, or none any more. */
export async function redeemLoginCode(deps: Deps, code: string): Promise<Principal | null> {
  const now = deps.now();
  const [taken] = await deps.db.all<{ token_id: number }>(
    'DELETE FROM sessions WHERE hash = ? AND expires_at > ? RETURNING token_id',
    [await codeHash(code), now],
  );
  if (!taken) return null;
  const [row] = await deps.db.all<{ id: number; name: string; scope: Principal['scope'] }>(
    `SELECT id, name, scope FROM tokens
     WHERE id = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`,
    [taken.token_id, now],
  );
  return row ? { name: row.name, scope: row.scope, tokenId: row.id } : null;
}
