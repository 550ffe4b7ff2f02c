import * as z from 'zod';
import { Empty, Millis, Name } from './common.ts';
import { LoginLink, Role } from './members.ts';
import { route } from './route.ts';

/** `tdm` and 37 more of [0-9a-z]: 191 random bits. */
export const TokenSecret = z.string().regex(/^tdm[0-9a-z]{37}$/, '`tdm` and 37 lower-case letters or digits');
export const TokenScope = z.enum(['read', 'write', 'worker', 'admin']);

export const Token = z
  .object({
    id: z.int(),
    name: z.string(),
    scope: TokenScope,
    /** The ids of the experiments that it may touch; null: all. */
    experiments: z.array(z.int()).nullable(),
    /** Requests a second that it may make; null: as many as the project allows. */
    requestsPerSecond: z.int().nullable(),
    createdAt: Millis,
    createdBy: z.string(),
    expiresAt: Millis.nullable(),
    /** To the hour. */
    lastUsedAt: Millis.nullable(),
    revokedAt: Millis.nullable(),
  })
  .meta({ id: 'Token' });
export type Token = z.output<typeof Token>;

const tag = 'tokens';
export const createToken = route({
  method: 'POST',
  path: '/tokens',
  tag,
  scope: 'admin',
  status: 201,
  summary:
    'Create a token. The secret is in this reply and nowhere else. Scopes: read; write (and read); worker (read, and what a worker does); admin (all).',
  body: z.strictObject({
    name: Name.max(200),
    scope: TokenScope,
    expiresInDays: z.number().positive().max(3650).optional(),
    /** It then sees and changes nothing but these experiments. */
    experiments: z.array(z.int().min(1)).min(1).max(100).optional(),
    requestsPerSecond: z.int().min(1).max(100_000).optional(),
  }),
  response: Token.extend({ secret: TokenSecret }),
  errors: ['invalid_request'],
  whileArchived: true,
});
export const listTokens = route({
  method: 'GET',
  path: '/tokens',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Tokens, newest first; never their secrets.',
  response: z.object({ tokens: z.array(Token) }),
  errors: [],
});
export const revokeToken = route({
  method: 'DELETE',
  path: '/tokens/{id}',
  tag,
  scope: 'admin',
  status: 200,
  summary: 'Revoke a token at once.',
  params: z.object({ id: z.coerce.number().int() }),
  response: Empty,
  errors: ['not_found', 'conflict'],
  whileArchived: true,
});
export const whoami = route({
  method: 'GET',
  path: '/whoami',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The credential of this request, and the project it opens.',
  restricted: 'shared',
  response: z.object({
    name: z.string(),
    scope: TokenScope,
    project: z.string(),
    version: z.string(),
    /** What somebody who logged in as a member is; null: this is a token's. */
    role: Role.nullable(),
    email: z.string().nullable(),
    experiments: z.array(z.int()).nullable(),
    /** Since when the project is read-only; null: it is not. */
    archivedAt: Millis.nullable(),
  }),
  errors: [],
});
/** The browser's login: a token becomes an HttpOnly, SameSite=Strict cookie. `GET /login?code=…` does the same with a one-time code. */
export const createSession = route({
  method: 'POST',
  path: '/session',
  tag,
  scope: 'public',
  status: 200,
  summary: 'Log a browser in with a token.',
  audited: true,
  whileArchived: true,
  body: z.strictObject({ token: z.string().max(200) }),
  response: z.object({ name: z.string(), scope: TokenScope }),
  errors: ['invalid_request', 'unauthorized', 'rate_limited'],
});
export const endSession = route({
  method: 'DELETE',
  path: '/session',
  tag,
  scope: 'public',
  status: 200,
  summary: 'Log out.',
  whileArchived: true,
  response: Empty,
  errors: [],
});
export const createLoginLink = route({
  method: 'POST',
  path: '/login-links',
  tag,
  scope: 'read',
  status: 201,
  summary: 'A link that logs a browser in, once, with the rights of this credential.',
  response: LoginLink,
  errors: [],
  audited: true,
  whileArchived: true,
  restricted: 'shared',
});
export const tokenRoutes = { createToken, listTokens, revokeToken, whoami, createSession, endSession, createLoginLink };
