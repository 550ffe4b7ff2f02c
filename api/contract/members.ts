import * as z from 'zod';
import { Empty, Millis, Name } from './common.ts';
import { route } from './route.ts';

/** viewer reads; editor writes too; admin does everything. */
export const Role = z.enum(['viewer', 'editor', 'admin']);
export type Role = z.output<typeof Role>;

/** Kept in lower case. */
export const Email = z.email().max(254).toLowerCase();

export const Member = z
  .object({
    id: z.int(),
    email: z.string(),
    name: z.string(),
    role: Role,
    createdAt: Millis,
    createdBy: z.string(),
    /** To the hour; null: never logged in. */
    lastSeenAt: Millis.nullable(),
  })
  .meta({ id: 'Member' });
export type Member = z.output<typeof Member>;

export const LoginLink = z
  .object({
    /** To be put after the server’s address. */
    path: z.string(),
    expiresAt: Millis,
  })
  .meta({ id: 'LoginLink' });
export type LoginLink = z.output<typeof LoginLink>;

const params = z.object({ id: z.coerce.number().int().min(1) });
const tag = 'members';

export const addMember = route({
  method: 'POST',
  path: '/members',
  tag,
  scope: 'admin',
  status: 201,
  summary:
    'Add a member. Whoever opens the link in the reply is logged in as this member, once; with an identity provider, whoever it vouches for with this address is too.',
  body: z.strictObject({ email: Email, name: Name.max(200).optional(), role: Role }),
  response: Member.extend({ link: LoginLink }),
  errors: ['invalid_request', 'conflict'],
  whileArchived: true,
});
export const listMembers = route({
  method: 'GET',
  path: '/members',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Members by address.',
  response: z.object({ members: z.array(Member) }),
  errors: [],
});
export const updateMember = route({
  method: 'PATCH',
  path: '/members/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Change a member’s role or name, at once. The last admin stays one.',
  params,
  body: z.strictObject({ role: Role.optional(), name: Name.max(200).optional() }),
  response: Member,
  errors: ['invalid_request', 'not_found', 'conflict'],
  whileArchived: true,
});
export const removeMember = route({
  method: 'DELETE',
  path: '/members/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Remove a member and end its sessions, at once. The last admin stays.',
  params,
  response: Empty,
  errors: ['not_found', 'conflict'],
  whileArchived: true,
});
export const linkMember = route({
  method: 'POST',
  path: '/members/{id}/links',
  tag,
  scope: 'admin',
  status: 201,
  summary: 'A link that logs a browser in as this member, once. Earlier ones that nobody opened are void.',
  params,
  response: LoginLink,
  errors: ['not_found'],
  whileArchived: true,
});
export const memberRoutes = { addMember, listMembers, updateMember, removeMember, linkMember };
