import { members } from '@tidemark/db/schema/members';

/** A member as the wire shows it. */
export const memberFields = {
  id: members.id,
  email: members.email,
  name: members.name,
  role: members.role,
  createdAt: members.created_at,
  createdBy: members.created_by,
  lastSeenAt: members.last_seen_at,
};
