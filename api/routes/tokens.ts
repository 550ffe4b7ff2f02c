import { authenticate } from '../auth.ts';
import type { tokenRoutes } from '../contract/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Call, Handlers } from '../handler.ts';
import { projectState } from '../projects/state.ts';
import { closeSession } from '../sessions/close.ts';
import { readCookie, readPersonCookie, writeCookie, writePersonCookie } from '../sessions/cookie.ts';
import { createLoginLink } from '../sessions/login-code.ts';
import { createLoginLimit } from '../sessions/login-limit.ts';
import { openSession } from '../sessions/open.ts';
import { createToken } from '../tokens/create.ts';
import { listTokens } from '../tokens/list.ts';
import { revokeToken } from '../tokens/revoke.ts';

/** One set an app: they share the count of refused logins. */
export function createTokenHandlers(): Handlers<typeof tokenRoutes> {
  const limit = createLoginLimit();
  return {
    createToken: async ({ deps, principal, audit }, { body }) => {
      const token = await createToken(deps, { ...body, createdBy: principal.email ?? principal.name });
      audit({ target: `${token.id} ${token.name}`, after: body });
      return token;
    },
    listTokens: async ({ deps }) => ({ tokens: await listTokens(deps) }),
    revokeToken: async ({ deps, audit }, { params }) => {
      const { name, scope } = await revokeToken(deps, params.id);
      audit({ target: `${params.id} ${name}`, before: { scope } });
      return {};
    },
    whoami: async ({ deps, principal }) => ({
      name: principal.name,
      scope: principal.scope,
      project: deps.slug,
      version: deps.version,
      role: principal.role ?? null,
      email: principal.email ?? null,
      experiments: principal.experiments ? [...principal.experiments] : null,
      archivedAt: (await projectState(deps)).archivedAt,
    }),
    createLoginLink: async ({ deps, principal }) => {
      if (principal.tokenId === null && principal.memberId == null) {
        throw new ApiError('conflict', 'You are let in by your identity provider, and so is your other browser.');
      }
      return createLoginLink(deps, principal);
    },
    createSession: async (call, { body }) => {
      const { deps, address } = call;
      limit.check(deps, address);
      const principal = await authenticate(deps, body.token).catch((error: unknown) => {
        limit.failed(deps, address);
        throw error;
      });
      const secret = await openSession(deps, principal, call.request.headers.get('user-agent') ?? '');
      call.audit({ by: principal, after: {} });
      return withCookie(call, secret, { name: principal.name, scope: principal.scope });
    },
    endSession: async (call) => {
      const secret = readCookie(call.request, call.deps.slug);
      if (secret) await closeSession(call.deps, secret);
      const { userId, sessionId } = call.principal;
      if (userId && sessionId) await call.deps.directory?.endSessions(userId, sessionId);
      return withCookie(call, '', {});
    },
  };
}

function withCookie({ request, deps }: Call, secret: string, body: object): Response {
  const headers = new Headers({ 'set-cookie': writeCookie(request, deps.slug, secret) });
  // A browser has one way in at a time: this one takes the place of a person's session, and logging out ends both.
  if (readPersonCookie(request)) headers.append('set-cookie', writePersonCookie(request, ''));
  return Response.json(body, { headers });
}
