import type { Deps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';

/**
 * Revokes a token, and with it the sessions that stand for it, at once; answers which it was. Again is success. The last admin token stays: without
 * one nobody could ever make another. Errors: not_found, conflict.
 */
export async function revokeToken(deps: Deps, id: number): Promise<{ name: string; scope: string }> {
  const now = deps.now();
  const [revoked] = await deps.db.batch([
    {
      sql: `UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL AND (scope <> 'admin' OR EXISTS (
        SELECT 1 FROM tokens AS other WHERE other.scope = 'admin' AND other.id <> tokens.id
          AND other.revoked_at IS NULL AND other.expires_at IS NULL)) RETURNING name, scope`,
      params: [now, id],
    },
    {
      sql: 'DELETE FROM sessions WHERE token_id IN (SELECT id FROM tokens WHERE id = ? AND revoked_at IS NOT NULL)',
      params: [id],
    },
  ]);
  const [first] = revoked as { name: string; scope: string }[];
  if (first) return first;
  const [row] = await deps.db.all<{ name: string; scope: string; revoked_at: number | null }>(
    'SELECT name, scope, revoked_at FROM tokens WHERE id = ?',
    [id],
  );
  if (!row) throw notFound(`token ${id}`);
  if (row.revoked_at === null) {
    throw new ApiError('conflict', 'This is the last admin token without an expiry.', {
      hint: 'Create another admin token first: POST /api/v1/tokens.',
    });
  }
  return row;
}
