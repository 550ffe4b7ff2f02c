import type { Token } from '../contract/tokens.ts';

/** A row of `tokens` without its hash. A type, not an interface: rows are records. */
export type TokenRow = {
  id: number;
  name: string;
  scope: Token['scope'];
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
};

export const TOKEN_COLUMNS = 'id, name, scope, created_at, expires_at, last_used_at, revoked_at';

export const toToken = (row: TokenRow): Token => ({
  id: row.id,
  name: row.name,
  scope: row.scope,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});
