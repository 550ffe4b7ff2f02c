import type { sessionRoutes } from '../contract/sessions.ts';
import type { Handlers } from '../handler.ts';
import { endOneSession, endSessions } from '../sessions/end.ts';
import { listSessions } from '../sessions/list.ts';

export const sessionHandlers: Handlers<typeof sessionRoutes> = {
  listSessions: async ({ deps, principal }) => ({ sessions: await listSessions(deps, principal) }),
  endSessions: async ({ deps, principal, audit }) => {
    const ended = await endSessions(deps, principal);
    audit({ after: { ended } });
    return { ended };
  },
  endOneSession: async ({ deps, principal }, { params }) => {
    await endOneSession(deps, principal, params.id);
    return {};
  },
};
