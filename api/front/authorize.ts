import { requireScope } from '../auth.ts';
import { whoami } from '../contract/tokens.ts';
import type { Principal } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { requireOwnOrigin } from '../sessions/origin.ts';
import type { FrontDeps } from './deps.ts';
import { personFor } from './person.ts';

/** Who asks the front for something, and of which project it is an admin. */
export interface Admin {
  readonly name: string;
  readonly of: string;
}

/** What a request's credential is in a project, or the reply that refuses it; null: there is no such project. */
export async function whoIs(
  deps: FrontDeps,
  request: Request,
  slug: string,
  address: string,
): Promise<{ name: string; scope: Principal['scope'] } | Response | null> {
  const question = new Request(new URL('/api/v1/whoami', request.url), { headers: credentials(request.headers) });
  const person = await personFor(deps, request, slug);
  const reply = await deps.fetch(slug, question, { address, ...(person ? { person } : {}) });
  if (!reply?.ok) return reply;
  const { name, email, scope } = whoami.response.parse(await reply.json());
  return { name: email ?? name, scope };
}

/**
 * The admin of `default`, or else of the project that it is about, who sent a request. Errors: unauthorized (as a reply), forbidden,
 * rate_limited (as a reply).
 */
export async function adminOf(
  deps: FrontDeps,
  request: Request,
  slug: string | null,
  address: string,
): Promise<Admin | Response> {
  if (request.method !== 'GET' && !request.headers.has('authorization')) requireOwnOrigin(request);
  const here = await whoIs(deps, request, 'default', address);
  if (!here) throw new ApiError('unavailable', 'The project `default` cannot be opened.');
  if (!(here instanceof Response) && here.scope === 'admin') return { name: here.name, of: 'default' };
  const there = slug === null || slug === 'default' ? null : await whoIs(deps, request, slug, address);
  if (there && !(there instanceof Response)) {
    requireScope({ ...there, tokenId: null }, 'admin');
    return { name: there.name, of: slug! };
  }
  if (here instanceof Response) return here;
  requireScope({ ...here, tokenId: null }, 'admin');
  throw new Error('an admin was let through above');
}

function credentials(from: Headers): Headers {
  const headers = new Headers();
  for (const name of ['authorization', 'cookie', 'host', 'x-forwarded-proto']) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
