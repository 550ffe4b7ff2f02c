import { orm } from '@tidemark/db/orm';
import { tokens } from '@tidemark/db/schema/tokens';
import type { Token } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { tokenFields } from './rows.ts';
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
  const { name, scope, expiresInDays } = given;
  const expires_at = expiresInDays === undefined ? null : Math.round(now + expiresInDays * 86_400_000);
  const token = await orm(deps.db)
    .insert(tokens)
    .values({ name, scope, hash: await sha256Hex(secret), created_at: now, expires_at })
    .returning(tokenFields)
    .get();
  return { ...token, secret };
}
