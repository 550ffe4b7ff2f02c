import type * as z from 'zod';
import { changeProject, createProject, deleteProject, type ProjectEntry } from '../contract/front.ts';
import { Slug } from '../contract/project.ts';
import { ApiError, invalid, notFound } from '../errors.ts';
import { issuesOf } from '../issues.ts';
import { oidcCallback } from '../oidc/callback.ts';
import { adminOf } from './authorize.ts';
import type { FrontDeps } from './deps.ts';
import { homeOf } from './home.ts';

const PROJECTS = /^\/api\/v1\/projects(?:\/([^/]+)(\/tokens)?)?$/;

/** What the front answers itself: `contract/front.ts`, and the login by an identity provider. */
export const isFrontPath = (pathname: string): boolean =>
  PROJECTS.test(pathname) || /^\/(api\/v1\/(home|login-options)|login\/oidc(\/callback)?)$/.test(pathname);

interface Context {
  readonly address?: string;
}

export async function serveFront(deps: FrontDeps, request: Request, { address = '' }: Context): Promise<Response> {
  const url = new URL(request.url);
  if (request.method === 'GET') {
    if (url.pathname === '/api/v1/home') return Response.json(await homeOf(deps, request, address));
    if (url.pathname === '/api/v1/login-options') {
      const provider = deps.oidc ? { name: deps.oidc.name, path: '/login/oidc' } : null;
      return Response.json({ provider });
    }
    if (url.pathname === '/login/oidc') return requireOidc(deps).start(request);
    if (url.pathname === '/login/oidc/callback') return oidcCallback(deps, requireOidc(deps), request, address);
  }
  const found = PROJECTS.exec(url.pathname);
  if (!found) throw notFound(`${request.method} ${url.pathname}`);
  const [, slug, part = ''] = found;
  return slug === undefined ? serveProjects(deps, request, address) : serveProject(deps, request, slug, part, address);
}

function requireOidc({ oidc }: FrontDeps) {
  if (!oidc) throw notFound('identity provider here');
  return oidc;
}

/** `/api/v1/projects`: for an admin of the project `default`. Errors: unauthorized, forbidden, invalid_request, conflict. */
async function serveProjects(deps: FrontDeps, request: Request, address: string): Promise<Response> {
  const admin = await adminOf(deps, request, null, address);
  if (admin instanceof Response) return admin;
  if (request.method === 'GET') return Response.json({ projects: await deps.list() });
  if (request.method !== 'POST') throw notFound(`${request.method} /api/v1/projects`);
  const { slug, title = '' } = await parsed(createProject.body, request);
  if (slug === 'default') throw invalid(['slug'], 'the project `default` is always there', { value: slug });
  const created = await deps.create(slug, title);
  if (!created) throw new ApiError('conflict', `There is a project ${slug} already.`);
  await deps.note('createProject', slug, admin.name, address);
  return Response.json(created, { status: 201 });
}

/** `/api/v1/projects/{slug}…`: for an admin of `default`, or of the project. */
async function serveProject(
  deps: FrontDeps,
  request: Request,
  slug: string,
  part: string,
  address: string,
): Promise<Response> {
  const entry = Slug.safeParse(slug).success ? await deps.get(slug) : null;
  const admin = await adminOf(deps, request, entry?.state === 'deleting' ? null : entry && slug, address);
  if (admin instanceof Response) return admin;
  if (!entry) throw notFound(`project ${slug.slice(0, 64)}`);
  const { method } = request;
  const principal = {
    name: admin.of === slug ? admin.name : `${admin.name} (admin of ${admin.of})`,
    scope: 'admin' as const,
    tokenId: null,
  };
  const inside = async (path: string, init: RequestInit): Promise<Response> => {
    const reply = await deps.fetch(slug, new Request(new URL(path, request.url), init), { address, principal });
    if (!reply) throw notFound(`project ${slug}`);
    return reply;
  };
  if (part === '/tokens' && method === 'POST') {
    if (admin.of !== 'default') throw new ApiError('forbidden', 'This needs an admin of the project `default`.');
    const body = JSON.stringify({ name: `of ${admin.name}`.slice(0, 200), scope: 'admin', expiresInDays: 30 });
    return inside('/api/v1/tokens', { method: 'POST', body });
  }
  if (part !== '') throw notFound(`${method} here`);
  if (method === 'GET') return Response.json(entry);
  if (method === 'PATCH') {
    const body = JSON.stringify(await parsed(changeProject.body, request));
    const reply = await inside('/api/v1/project', { method: 'PATCH', body });
    return reply.ok ? Response.json(await fresh(deps, entry)) : reply;
  }
  if (method !== 'DELETE') throw notFound(`${method} here`);
  const { confirm } = deleteProject.query.parse(Object.fromEntries(new URL(request.url).searchParams));
  if (slug === 'default') throw new ApiError('conflict', 'The project `default` is always there.');
  if (confirm !== slug) {
    throw invalid(['query', 'confirm'], 'is not the project’s slug; nothing was deleted', {
      value: confirm,
      allowed: slug,
    });
  }
  if (entry.state !== 'deleting') {
    await deps.note('deleteProject', slug, admin.name, address);
    await deps.remove(slug);
  }
  return Response.json({ ...entry, state: 'deleting' } satisfies ProjectEntry);
}

const fresh = async (deps: FrontDeps, entry: ProjectEntry): Promise<ProjectEntry> =>
  (await deps.get(entry.slug)) ?? entry;

async function parsed<T extends z.ZodType>(schema: T, request: Request): Promise<z.output<T>> {
  const body: unknown = await request.json().catch(() => {
    throw new ApiError('invalid_request', 'The body is not JSON.');
  });
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return result.data;
  const details = issuesOf(result.error, body);
  throw new ApiError('invalid_request', `${details[0]?.path.join('.') || 'body'}: ${details[0]?.message}`, { details });
}
