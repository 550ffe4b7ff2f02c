import type { ProjectEntry } from './contract/front.ts';
import { ApiError, notFound } from './errors.ts';
import { serveProjects } from './front/projects.ts';
import { guarded } from './front/security.ts';
import { inside, placeOf } from './front/slug.ts';
import { toHex } from './hash.ts';
import type { Context } from './project.ts';
import { replyError } from './reply.ts';

/** What the front needs of its runtime. */
export interface FrontDeps {
  /** A request to a project, without its prefix. Null for a slug that nobody created; nothing is written then. */
  fetch(slug: string, request: Request, context: Context): Promise<Response | null>;
  has(slug: string): Promise<boolean>;
  /** Null when the slug is taken. */
  create(slug: string): Promise<(ProjectEntry & { token: string }) | null>;
  list(): Promise<ProjectEntry[]>;
  /** A page or file of the dashboard. `known` is false for a project that does not exist. */
  page(request: Request, known: boolean): Promise<Response>;
  readonly rng: (length: number) => Uint8Array;
  readonly version: string;
  readonly report?: (error: unknown, requestId: string) => void;
}

export type Front = (request: Request, context?: { address?: string }) => Promise<Response>;

/** What stands before the projects: health, which project an address means, the list of projects, the dashboard's files. */
export function createFront(deps: FrontDeps): Front {
  return async (request, context = {}) => {
    const { pathname } = new URL(request.url);
    const place = placeOf(pathname);
    const isApi = (place?.path ?? pathname.slice(pathname.indexOf('/', 3))).startsWith('/api/');
    try {
      if (pathname === '/healthz') return guarded(Response.json({ ok: true, version: deps.version }));
      if (pathname === '/api/v1/projects') return guarded(await serveProjects(deps, request));
      const isLogin = place?.path === '/login' && request.method === 'GET' && /[?&]code=/.test(request.url);
      if (isApi || isLogin || place?.path === '/healthz') {
        const response = place && (await deps.fetch(place.slug, inside(request, place), context));
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

const noProject = (pathname: string): ApiError =>
  new ApiError('not_found', `There is no project ${pathname.split('/')[2]?.slice(0, 64) || 'here'}.`, {
    hint: 'An admin creates one: POST /api/v1/projects {"slug":"…"}.',
  });
