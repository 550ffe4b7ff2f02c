import type { memberRoutes } from '../contract/members.ts';
import type { Handlers } from '../handler.ts';
import { addMember } from '../members/add.ts';
import { linkMember } from '../members/link.ts';
import { listMembers } from '../members/list.ts';
import { removeMember } from '../members/remove.ts';
import { updateMember } from '../members/update.ts';

export const memberHandlers: Handlers<typeof memberRoutes> = {
  addMember: async ({ deps, principal, audit }, { body }) => {
    const member = await addMember(deps, principal, body);
    audit({ target: member.email, after: body });
    return member;
  },
  listMembers: async ({ deps }) => ({ members: await listMembers(deps) }),
  updateMember: async ({ deps, audit }, { params, body }) => {
    const { before, after } = await updateMember(deps, params.id, body);
    audit({ target: after.email, before: roleOf(before), after: roleOf(after) });
    return after;
  },
  removeMember: async ({ deps, audit }, { params }) => {
    const before = await removeMember(deps, params.id);
    audit({ target: before.email, before: roleOf(before) });
    return {};
  },
  linkMember: ({ deps }, { params }) => linkMember(deps, params.id),
};

const roleOf = ({ role, name }: { role: string; name: string }) => ({ role, name });
