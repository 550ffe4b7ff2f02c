import { tokens } from '@tidemark/db/schema/tokens';

/** A token as the wire shows it: all but its hash. */
export const tokenFields = {
  id: tokens.id,
  name: tokens.name,
  scope: tokens.scope,
  experiments: tokens.experiments,
  requestsPerSecond: tokens.rate,
  createdAt: tokens.created_at,
  createdBy: tokens.created_by,
  expiresAt: tokens.expires_at,
  lastUsedAt: tokens.last_used_at,
  revokedAt: tokens.revoked_at,
};
