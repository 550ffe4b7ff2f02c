import { requireScope } from '../auth.ts';
import { createProject } from '../contract/front.ts';
import { whoami } from '../contract/tokens.ts';
import { ApiError, invalid } from '../errors.ts';
import type { FrontDeps } from '../front.ts';
import { issuesOf } from '../issues.ts';
import { requireOwnOrigin } from '../sessions/origin.ts';

/** `/api/v1/projects`: for an admin of the project `default`. Errors: unauthorized, forbidden, invalid_request, conflict. */
export async function serveProjects(deps: FrontDeps, request: Request): Promise<Response> {
  const refusal = await refuse(deps, request);
  if (refusal) return refusal;
  if (request.method === 'GET') return Response.json({ projects: await deps.list() });
  if (request.method !== 'POST') throw new ApiError('not_found', `There is no ${request.method} /api/v1/projects.`);
  const body: unknown = await request.json().catch(() => {
    throw new ApiError('invalid_request', 'The body is not JSON.');
  });
  const parsed = createProject.body.safeParse(body, { reportInput: true });
  if (!parsed.success) {
    const details = issuesOf(parsed.error, body);
    throw new ApiError('invalid_request', `${details[0]?.path.join('.') || 'body'}: ${details[0]?.message}`, {
      details,
    });
  }
  const { slug } = parsed.data;
  if (slug === 'default') throw invalid(['slug'], 'the project `default` is always there', { value: slug });
  const created = await deps.create(slug);
  if (!created) throw new ApiError('conflict', `There is a project ${slug} already.`);
  return Response.json(created, { status: 201 });
}

/** The reply that refuses whoever is no admin of `default`. */
async function refuse(deps: FrontDeps, request: Request): Promise<Response | null> {
  if (request.method !== 'GET' && !request.headers.has('authorization')) requireOwnOrigin(request);
  const question = new Request(new URL('/api/v1/whoami', request.url), { headers: credentials(request.headers) });
  const reply = await deps.fetch('default', question, {});
  if (!reply) throw new ApiError('unavailable', 'The project `default` cannot be opened.');
  if (!reply.ok) return reply;
  const { name, scope } = whoami.response.parse(await reply.json());
  requireScope({ name, scope, tokenId: null }, 'admin');
  return null;
}

function credentials(from: Headers): Headers {
  const headers = new Headers();
  for (const name of ['authorization', 'cookie']) {
    const value = from.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
