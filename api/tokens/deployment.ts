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
  if (!secret) {
    const [admin] = await deps.db.all(
      "SELECT 1 AS ok FROM tokens WHERE scope = 'admin' AND revoked_at IS NULL LIMIT 1",
    );
    return admin ? null : 'There is no admin token yet: set TIDEMARK_ADMIN_TOKEN (docs/deploy.md).';
  }
  if (!TokenSecret.safeParse(secret).success) {
    return 'TIDEMARK_ADMIN_TOKEN must be `tdm` and 37 lower-case letters or digits (docs/deploy.md).';
  }
  const hash = await sha256Hex(secret);
  const [known] = await deps.db.all('SELECT 1 AS ok FROM tokens WHERE hash = ?', [hash]);
  if (known) return null;
  await createToken(deps, { name: NAME, scope: 'admin', secret });
  const others = 'name = ? AND hash <> ?';
  await deps.db.batch([
    {
      sql: `UPDATE tokens SET revoked_at = ? WHERE ${others} AND revoked_at IS NULL`,
      params: [deps.now(), NAME, hash],
    },
    {
      sql: `DELETE FROM sessions WHERE token_id IN (SELECT id FROM tokens WHERE ${others})`,
      params: [NAME, hash],
    },
  ]);
  return null;
}
