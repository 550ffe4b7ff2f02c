import { createApp } from './app.ts';
import { writeAudit } from './audit/write.ts';
import { allows, authenticate, unauthorized } from './auth.ts';
import type { Deps, Person, Principal } from './deps.ts';
import type { BytesPhase } from './handler.ts';
import { toHex } from './hash.ts';
import { principalOfPerson } from './members/of-person.ts';
import { replyError } from './reply.ts';
import { readCookie, readPersonCookie, writeCookie, writePersonCookie } from './sessions/cookie.ts';
import { findSession } from './sessions/find.ts';
import { redeemLoginCode } from './sessions/login-code.ts';
import { openSession } from './sessions/open.ts';
import { requireOwnOrigin } from './sessions/origin.ts';
import { topicsOf } from './signals/topics.ts';

export interface Context {
  /** Where the request came from. */
  readonly address?: string;
  readonly bytes?: BytesPhase;
  /** Whose session the directory found the request to carry. */
  readonly person?: Person;
  /** Whom the front itself vouches for, in the place of any credential. */
  readonly principal?: Principal;
}

/** One project as the front sees it. Requests have no `/p/{slug}` any more. */
export interface Project {
  fetch(request: Request, context?: Context): Promise<Response>;
  /** The topics that a socket for `/api/v1/live` may watch, or the reply that refuses it. */
  admit(request: Request, context?: Context): Promise<readonly string[] | Response>;
}

/** The app of a project, and what comes before it: a browser's session, its login link, its socket. */
export function createProject(deps: Deps): Project {
  const app = createApp(deps);
  const refuse = (error: unknown): Response => {
    const requestId = toHex(deps.rng(8));
    const response = replyError(error, requestId);
    if (response.status === 500) deps.report?.(error, requestId);
    return response;
  };
  return {
    async fetch(request, { address = '', bytes, person, principal: vouched } = {}) {
      try {
        const { pathname } = new URL(request.url);
        if (pathname === '/login' && request.method === 'GET') return await login(deps, request, address);
        const principal = vouched ?? (await sessionOf(deps, request, person));
        return await app.fetch(vouched ? withoutCredentials(request) : request, {
          address,
          ...(principal ? { principal } : {}),
          ...(bytes ? { bytes } : {}),
        });
      } catch (error) {
        return refuse(error);
      }
    },
    async admit(request, { person } = {}) {
      try {
        const secret = /^Bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
        if (secret) {
          const { scope } = await authenticate(deps, secret);
          // Who waits for work is no spectator: the pace of runs follows those who watch.
          return topicsOf(request, allows(scope, 'worker') ? 'queue' : 'changes');
        }
        requireOwnOrigin(request);
        if (!(await sessionOf(deps, request, person))) throw unauthorized('This needs a token or a session.');
        return topicsOf(request, 'changes');
      } catch (error) {
        return refuse(error);
      }
    },
  };
}

/**
 * A bearer token wins over a cookie, and the project's own cookie over a person's. What a session changes must come from our own pages.
 * Errors: forbidden.
 */
async function sessionOf(deps: Deps, request: Request, person: Person | undefined): Promise<Principal | null> {
  if (request.headers.has('authorization')) return null;
  const secret = readCookie(request, deps.slug);
  const own = secret ? await findSession(deps, secret) : null;
  const principal = own ?? (person ? await principalOfPerson(deps, person) : null);
  if (principal && request.method !== 'GET' && request.method !== 'HEAD') requireOwnOrigin(request);
  return principal;
}

function withoutCredentials(request: Request): Request {
  const copy = new Request(request);
  copy.headers.delete('authorization');
  return copy;
}

/** `GET /login?code=…`: a cookie for the code, and on to the dashboard; a code that is spent leads to the login page. */
async function login(deps: Deps, request: Request, address: string): Promise<Response> {
  const home = deps.slug === 'default' ? '/' : `/p/${deps.slug}/`;
  const code = new URL(request.url).searchParams.get('code') ?? '';
  const headers = new Headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  const principal = await redeemLoginCode(deps, code);
  if (principal) {
    const secret = await openSession(deps, principal, request.headers.get('user-agent') ?? '');
    await writeAudit(deps, { action: 'openLoginLink', by: principal, address, requestId: toHex(deps.rng(8)) });
    headers.set('set-cookie', writeCookie(request, deps.slug, secret));
    if (readPersonCookie(request)) headers.append('set-cookie', writePersonCookie(request, ''));
    headers.set('location', home);
  } else {
    // A link opened again by somebody who is in already needs no new login.
    const inside = await sessionOf(deps, request, undefined);
    const error = 'This link was opened before, or is too old. Ask for another, or paste a token.';
    headers.set('location', inside ? home : `${home}login?error=${encodeURIComponent(error)}`);
  }
  return new Response(null, { status: 303, headers });
}
