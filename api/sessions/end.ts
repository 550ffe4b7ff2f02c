import type { Deps, Principal } from '../deps.ts';
import { notFound } from '../errors.ts';

/** Ends all sessions of a principal's token or member, links that nobody opened too, and its person's; answers how many. */
export async function endSessions(deps: Deps, { tokenId, memberId = null, userId }: Principal): Promise<number> {
  const gone = await deps.db.all('DELETE FROM sessions WHERE token_id = ? OR member_id = ? RETURNING code', [
    tokenId,
    memberId,
  ]);
  const persons = (userId && (await deps.directory?.endSessions(userId, null))) || 0;
  return gone.filter((row) => row.code === 0).length + persons;
}

/** Ends one of them. Errors: not_found. */
export async function endOneSession(deps: Deps, principal: Principal, id: string): Promise<void> {
  const { tokenId, memberId = null, userId } = principal;
  const gone = await deps.db.all(
    'DELETE FROM sessions WHERE substr(hash, 1, 16) = ? AND code = 0 AND (token_id = ? OR member_id = ?) RETURNING code',
    [id, tokenId, memberId],
  );
  if (gone.length > 0) return;
  if (userId && deps.directory && (await deps.directory.endSessions(userId, id)) > 0) return;
  throw notFound(`session ${id} of yours`);
}
