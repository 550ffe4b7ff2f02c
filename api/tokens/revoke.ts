import type { Deps } from '../deps.ts';
import { ApiError, notFound } from '../errors.ts';

/**
 * Revokes a token, and with it the sessions that stand for it, at once. Again is success. The last admin token stays: without
 * one nobody could ever make another. Errors: not_found, conflict.
 */
export async function revokeToken(deps: Deps, id: number): Promise<void> {
  const now = deps.now();
  const [revoked] = await deps.db.batch([
    {
      sql: `UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL AND (scope <> 'admin' OR EXISTS (
        SELECT 1 FROM tokens AS other WHERE other.scope = 'admin' AND other.id <> tokens.id
          AND other.revoked_at IS NULL AND other.expires_at IS NULL)) RETURNING id`,
      params: [now, id],
    },
    {
      sql: 'DELETE FROM sessions WHERE token_id IN (SELECT id FROM tokens WHERE id = ? AND revoked_at IS NOT NULL)',
      params: [id],
    },
  ]);
  if (revoked!.length > 0) return;
  const [row] = await deps.db.all<{ revoked_at: number | null }>('SELECT revoked_at FROM tokens WHERE id = ?', [id]);
  if (!row) throw notFound(`token ${id}`);
  if (row.revoked_at === null) {
    throw new ApiError('conflict', 'This is the last admin token without an expiry.', {
      hint: 'Create another admin token first: POST /api/v1/tokens.',
    });
  }
}
