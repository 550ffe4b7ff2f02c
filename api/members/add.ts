import { orm } from '@tidemark/db/orm';
import { members } from '@tidemark/db/schema/members';
import type { LoginLink, Member, Role } from '../contract/members.ts';
import type { Deps, Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { createLoginLink } from '../sessions/login-code.ts';
import { memberFields } from './rows.ts';
import { tellMembers } from './tell.ts';

interface NewMember {
  readonly email: string;
  readonly name?: string | undefined;
  readonly role: Role;
}

/** Adds a member, with a link that logs it in once. Errors: conflict. */
export async function addMember(
  deps: Deps,
  by: Principal,
  { email, name, role }: NewMember,
): Promise<Member & { link: LoginLink }> {
  const member = await orm(deps.db)
    .insert(members)
    .values({ email, name: name ?? email, role, created_at: deps.now(), created_by: by.email ?? by.name })
    .onConflictDoNothing()
    .returning(memberFields)
    .get();
  if (!member) throw new ApiError('conflict', `${email} is a member already.`);
  await tellMembers(deps);
  return { ...member, link: await createLoginLink(deps, { tokenId: null, memberId: member.id }) };
}
