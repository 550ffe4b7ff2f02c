import { orm } from '@tidemark/db/orm';
import { sessions, tokens } from '@tidemark/db/schema/tokens';
import { and, eq, inArray, isNull, ne, type SQL } from 'drizzle-orm';
import { TokenSecret } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { sha256Hex } from '../hash.ts';
import { createToken } from './create.ts';

const NAME = 'deployment';

/**
 * The admin token that a deployment is given as a setting, since nobody sees a terminal there. Another one in the setting takes the
 * place of the one before. Answers what is wrong, in words for whoever deploys, or null.
 */
export async function ensureDeploymentToken(deps: Deps, secret: string | undefined): Promise<string | null> {
  const db = orm(deps.db);
  const idsWhere = (where: SQL | undefined) => db.select({ id: tokens.id }).from(tokens).where(where);
  if (!secret) {
    const admins = idsWhere(and(eq(tokens.scope, 'admin'), isNull(tokens.revoked_at)));
    const admin = await admins.limit(1).get();
    return admin ? null : 'There is no admin token yet: set TIDEMARK_ADMIN_TOKEN (docs/deploy.md).';
  }
  if (!TokenSecret.safeParse(secret).success) {
    return 'TIDEMARK_ADMIN_TOKEN must be `tdm` and 37 lower-case letters or digits (docs/deploy.md).';
  }
  const hash = await sha256Hex(secret);
  if (await idsWhere(eq(tokens.hash, hash)).get()) return null;
  await createToken(deps, { name: NAME, scope: 'admin', secret });
  const others = and(eq(tokens.name, NAME), ne(tokens.hash, hash));
  const revoked = { revoked_at: deps.now() };
  await db.batch([
    db
      .update(tokens)
      .set(revoked)
      .where(and(others, isNull(tokens.revoked_at))),
    db.delete(sessions).where(inArray(sessions.token_id, idsWhere(others))),
  ]);
  return null;
}
