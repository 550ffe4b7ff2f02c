import type { Row } from '@tidemark/db/database';
import { scopeOfRole, USED_EVERY } from '../auth.ts';
import type { Deps, Person, Principal } from '../deps.ts';
import { memberPrincipal } from '../sessions/holder.ts';

/**
 * What a person whom the identity provider vouches for is here: the member that is bound to it, else the one with its address, which
 * is bound to it from then on, else what its groups make it. Null: nobody.
 */
export async function principalOfPerson(deps: Deps, person: Person): Promise<Principal | null> {
  const { id, email, name, sessionId } = person;
  const [row] = await deps.db.all<Row>(
    `SELECT id, name, email, role, user_id, last_seen_at FROM members
     WHERE user_id = ? OR (user_id IS NULL AND email = ?) ORDER BY user_id IS NULL LIMIT 1`,
    [id, email],
  );
  if (!row) {
    const role = person.roles[deps.slug] ?? person.roles['*'];
    return role ? { name, email, role, scope: scopeOfRole[role], tokenId: null, userId: id, sessionId } : null;
  }
  const now = deps.now();
  if (row.user_id === null || now - Number(row.last_seen_at ?? 0) > USED_EVERY) {
    await deps.db.all('UPDATE members SET user_id = ?, last_seen_at = ? WHERE id = ?', [id, now, row.id!]);
  }
  const { id: member, name: called, email: known, role } = row;
  return memberPrincipal({ id: member!, name: called!, email: known!, role: role!, user_id: id }, sessionId);
}
