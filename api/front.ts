import { ApiError, notFound } from './errors.ts';
import type { FrontDeps } from './front/deps.ts';
import { personFor } from './front/person.ts';
import { isFrontPath, serveFront } from './front/routes.ts';
import { guarded } from './front/security.ts';
import { inside, placeOf } from './front/slug.ts';
import { toHex } from './hash.ts';
import { isServerPage } from './pages/paths.ts';
import { replyError } from './reply.ts';

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

const noProject = (pathname: string): ApiError =>
  new ApiError('not_found', `There is no project ${pathname.split('/')[2]?.slice(0, 64) || 'here'}.`, {
    hint: 'An admin creates one: POST /api/v1/projects {"slug":"…"}.',
  });
