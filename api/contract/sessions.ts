import * as z from 'zod';
import { Empty, Millis } from './common.ts';
import { route } from './route.ts';

export const Session = z
  .object({
    id: z.string(),
    /** `project`: of this project alone. `person`: of everything that its person belongs to, by the identity provider. */
    kind: z.enum(['project', 'person']),
    createdAt: Millis,
    expiresAt: Millis,
    /** What the browser calls itself. */
    agent: z.string(),
    /** Whether this request came by it. */
    current: z.boolean(),
  })
  .meta({ id: 'BrowserSession' });
export type Session = z.output<typeof Session>;

const tag = 'sessions';

export const listSessions = route({
  method: 'GET',
  path: '/sessions',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The browsers that are logged in by this credential’s token or as this member, newest first.',
  restricted: 'shared',
  response: z.object({ sessions: z.array(Session) }),
  errors: [],
});
export const endSessions = route({
  method: 'DELETE',
  path: '/sessions',
  tag,
  scope: 'read',
  status: 200,
  summary: 'Log out everywhere: ends all of them, login links that nobody opened too.',
  response: z.object({ ended: z.int() }),
  errors: [],
  whileArchived: true,
  restricted: 'shared',
});
export const endOneSession = route({
  method: 'DELETE',
  path: '/sessions/{id}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'End one of them.',
  params: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal characters') }),
  response: Empty,
  errors: ['not_found'],
  whileArchived: true,
  restricted: 'shared',
});
export const sessionRoutes = { listSessions, endSessions, endOneSession };
