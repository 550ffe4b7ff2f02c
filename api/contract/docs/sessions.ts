import { sessionRoutes } from '../sessions.ts';
import { docs } from './doc.ts';

const headers = { authorization: 'Bearer {{createToken.secret}}' };

export const sessionDocs = docs(sessionRoutes, {
  listSessions: {
    description: 'Each with what its browser calls itself.',
    examples: { own: { headers, after: ['createSession'] } },
  },
  endSessions: {
    description: 'The token itself stays good.',
    examples: { all: { headers, last: true, after: ['endOneSession'] } },
  },
  endOneSession: {
    description: 'It is logged out at its next request.',
    parameters: { id: 'The session’s id, from the list.' },
    examples: { one: { params: { id: '{{listSessions.sessions.0.id}}' }, headers, last: true } },
  },
});
