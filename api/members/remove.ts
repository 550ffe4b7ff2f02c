import { orm } from '@tidemark/db/orm';
import { members } from '@tidemark/db/schema/members';
import { eq } from 'drizzle-orm';
import type { Member } from '../contract/members.ts';
import type { Deps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { memberFields } from './rows.ts';
import { tellMembers } from './tell.ts';
import { lastAdmin, OTHER_ADMIN } from './update.ts';

/** Removes a member, and with it its sessions and links, at once; answers who it was. The last admin stays. Errors: not_found, conflict. */
export async function removeMember(deps: Deps, id: number): Promise<Member> {
  const member = await orm(deps.db).select(memberFields).from(members).where(eq(members.id, id)).get();
  if (!member) throw notFound(`member ${id}`);
  const gone = await deps.db.all(
    `DELETE FROM members WHERE id = ? AND (role <> 'admin' OR ${OTHER_ADMIN}) RETURNING id`,
    [id],
  );
  if (gone.length === 0) throw lastAdmin(member.email);
  await tellMembers(deps);
  return member;
}
