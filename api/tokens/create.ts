import type { Token } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { TOKEN_COLUMNS, type TokenRow, toToken } from './rows.ts';
import { newSecret } from './secret.ts';

interface NewToken {
  readonly name: string;
  readonly scope: Token['scope'];
  readonly expiresInDays?: number | undefined;
  /** One that is known beforehand, instead of a new one. */
  readonly secret?: string;
}

/** Creates a token. Only the reply has its secret; the database keeps the SHA-256. */
export async function createToken(deps: Deps, given: NewToken): Promise<Token & { secret: string }> {
  const now = deps.now();
  const secret = given.secret ?? newSecret(deps.rng);
  const expires = given.expiresInDays === undefined ? null : Math.round(now + given.expiresInDays * 86_400_000);
  const [row] = await deps.db.all<TokenRow>(
    `INSERT INTO tokens (name, scope, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?) RETURNING ${TOKEN_COLUMNS}`,
    [given.name, given.scope, await sha256Hex(secret), now, expires],
  );
  return { ...toToken(row!), secret };
}
