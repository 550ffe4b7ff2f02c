import type { Token } from '../contract/tokens.ts';
import type { Deps } from '../deps.ts';
import { TOKEN_COLUMNS, type TokenRow, toToken } from './rows.ts';

/** Newest first, the revoked ones too. */
export async function listTokens(deps: Deps): Promise<Token[]> {
  const rows = await deps.db.all<TokenRow>(`SELECT ${TOKEN_COLUMNS} FROM tokens ORDER BY id DESC LIMIT 1000`);
  return rows.map(toToken);
}
