import { authenticate } from '../auth.ts';
import type { tokenRoutes } from '../contract/tokens.ts';
import type { Call, Handlers } from '../handler.ts';
import { closeSession } from '../sessions/close.ts';
import { readCookie, writeCookie } from '../sessions/cookie.ts';
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
    createToken: ({ deps }, { body }) => createToken(deps, body),
    listTokens: async ({ deps }) => ({ tokens: await listTokens(deps) }),
    revokeToken: async ({ deps }, { params }) => {
      await revokeToken(deps, params.id);
      return {};
    },
    whoami: async ({ deps, principal }) => ({
      name: principal.name,
      scope: principal.scope,
      project: deps.slug,
      version: deps.version,
    }),
    createLoginLink: ({ deps, principal }) => {
      if (principal.tokenId === null) throw new Error('every credential stands for a token');
      return createLoginLink(deps, principal.tokenId);
    },
    createSession: async (call, { body }) => {
      const { deps, address } = call;
      limit.check(deps, address);
      const principal = await authenticate(deps, body.token).catch((error: unknown) => {
        limit.failed(deps, address);
        throw error;
      });
      const secret = await openSession(deps, principal);
      return withCookie(call, secret, { name: principal.name, scope: principal.scope });
    },
    endSession: async (call) => {
      const secret = readCookie(call.request, call.deps.slug);
      if (secret) await closeSession(call.deps, secret);
      return withCookie(call, '', {});
    },
  };
}

const withCookie = ({ request, deps }: Call, secret: string, body: object): Response =>
  Response.json(body, { headers: { 'set-cookie': writeCookie(request, deps.slug, secret) } });
