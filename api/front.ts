import type { ProjectEntry } from './contract/front.ts';
import type { Role } from './contract/members.ts';
import type { Person } from './deps.ts';
import type { Identity } from './directory/persons.ts';
import { ApiError, notFound } from './errors.ts';
import { isFrontPath, serveFront } from './front/routes.ts';
import { guarded } from './front/security.ts';
import { inside, placeOf } from './front/slug.ts';
import { toHex } from './hash.ts';
import type { Oidc } from './oidc/login.ts';
import { isServerPage } from './pages/paths.ts';
import type { Context } from './project.ts';
import { replyError } from './reply.ts';
import { readCookie, readPersonCookie } from './sessions/cookie.ts';

/** What the front needs of its runtime. */
export interface FrontDeps {
  /** A request to a project, without its prefix. Null for a slug that nobody created; nothing is written then. */
  fetch(slug: string, request: Request, context: Context): Promise<Response | null>;
  has(slug: string): Promise<boolean>;
  get(slug: string): Promise<ProjectEntry | null>;
  list(): Promise<ProjectEntry[]>;
  /** The roles of an address by slug. */
  rolesOf(email: string): Promise<Record<string, Role>>;
  /** Null when the slug is taken. */
  create(slug: string, title: string): Promise<(ProjectEntry & { token: string }) | null>;
  /** The project answers nothing from now on, and goes step by step, whatever happens to this process. */
  remove(slug: string): Promise<void>;
  /** Into the audit log of `default`. */
  note(action: string, target: string, by: string, address: string): Promise<void>;
  readonly persons: {
    find(secret: string): Promise<Person | null>;
    signIn(identity: Identity, session: { days: number; agent: string }): Promise<string>;
  };
  /** Login by an identity provider, where one is configured. */
  readonly oidc: Oidc | null;
  /** A page or file of the dashboard. `known` is false for a project that does not exist. */
  page(request: Request, known: boolean): Promise<Response>;
  readonly rng: (length: number) => Uint8Array;
  readonly version: string;
  readonly report?: (error: unknown, requestId: string) => void;
}

export type Front = (request: Request, context?: { address?: string }) => Promise<Response>;

/** What stands before the projects: health, which project an address means, the list of projects, logins, the dashboard's files. */
export function createFront(deps: FrontDeps): Front {
  return async (request, context = {}) => {
    const { pathname } = new URL(request.url);
    const place = placeOf(pathname);
    const isApi = (place?.path ?? pathname.slice(pathname.indexOf('/', 3))).startsWith('/api/');
    try {
      if (pathname === '/healthz') return guarded(Response.json({ ok: true, version: deps.version }));
      if (isFrontPath(pathname)) return guarded(await serveFront(deps, request, context));
      const isLogin = place?.path === '/login' && request.method === 'GET' && /[?&]code=/.test(request.url);
      if (isApi || isLogin || place?.path === '/healthz' || isServerPage(place?.path ?? '')) {
        const person = place && (await personFor(deps, request, place.slug));
        const told = { ...context, ...(person ? { person } : {}) };
        const response = place && (await deps.fetch(place.slug, inside(request, place), told));
        if (!response) throw noProject(pathname);
        return guarded(response);
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') throw notFound(`${request.method} ${pathname}`);
      return await deps.page(request, place !== null && (await deps.has(place.slug)));
    } catch (error) {
      const requestId = toHex(deps.rng(8));
      const response = replyError(error, requestId);
      if (response.status === 500) deps.report?.(error, requestId);
      return guarded(response);
    }
  };
}

/** Whose session a request carries, where no credential of the project itself comes with it: the directory is asked only then. */
export async function personFor(
  { persons }: { persons: Pick<FrontDeps['persons'], 'find'> },
  request: Request,
  slug: string,
): Promise<Person | null> {
  if (request.headers.has('authorization') || readCookie(request, slug)) return null;
  const secret = readPersonCookie(request);
  return secret === null ? null : persons.find(secret);
}

const noProject = (pathname: string): ApiError =>
  new ApiError('not_found', `There is no project ${pathname.split('/')[2]?.slice(0, 64) || 'here'}.`, {
    hint: 'An admin creates one: POST /api/v1/projects {"slug":"…"}.',
  });
