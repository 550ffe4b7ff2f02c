import { memberRoutes } from '../members.ts';
import { docs } from './doc.ts';

const id = 'The member’s number.';
const one = { id: '{{addMember.id}}' };

export const memberDocs = docs(memberRoutes, {
  addMember: {
    description: 'A viewer reads, an editor writes too, an admin does everything. The link is good for 24 hours.',
    examples: { editor: { body: { email: 'ada@example.org', name: 'Ada', role: 'editor' } } },
  },
  listMembers: { description: 'With when each was last seen.', examples: { all: { after: ['addMember'] } } },
  updateMember: {
    description: 'The browsers it is logged in with have the new role from the next request on.',
    parameters: { id },
    examples: { role: { params: one, body: { role: 'viewer' } } },
  },
  removeMember: {
    description: 'What it did stays as it is.',
    parameters: { id },
    examples: { one: { params: one, last: true, after: ['linkMember', 'updateMember'] } },
  },
  linkMember: {
    description: 'Whoever opens it is logged in.',
    parameters: { id },
    examples: { link: { params: one } },
  },
});
