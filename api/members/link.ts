import type { LoginLink } from '../contract/members.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { createLoginLink } from '../sessions/login-code.ts';

/** Another link for a member; the ones before that nobody opened are void. Errors: not_found. */
export async function linkMember(deps: Deps, id: number): Promise<LoginLink> {
  const [found] = await deps.db.all('SELECT 1 AS ok FROM members WHERE id = ?', [id]);
  if (!found) throw notFound(`member ${id}`);
  await deps.db.all('DELETE FROM sessions WHERE member_id = ? AND code = 1', [id]);
  return createLoginLink(deps, { tokenId: null, memberId: id });
}
