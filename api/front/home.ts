import type * as z from 'zod';
import type { home } from '../contract/front.ts';
import type { Role } from '../contract/members.ts';
import { readPersonCookie } from '../sessions/cookie.ts';
import { whoIs } from './authorize.ts';
import type { FrontDeps } from './deps.ts';
import { personFor } from './person.ts';

type Reply = z.input<typeof home.response>;

/** Projects that a browser may be logged in to on its own: a cookie each. */
const MOST_COOKIES = 20;
const roleOf = (scope: string): Role => (scope === 'admin' ? 'admin' : scope === 'write' ? 'editor' : 'viewer');

/** What a person's start page lists. Nobody is told of a project that they cannot open. */
export async function homeOf(deps: FrontDeps, request: Request, address: string): Promise<Reply> {
  const mine = new Map<string, Role | null>();
  const here = await whoIs(deps, request, 'default', address);
  const inDefault = here && !(here instanceof Response) ? here : null;
  const mayCreate = inDefault?.scope === 'admin';
  if (inDefault) mine.set('default', roleOf(inDefault.scope));

  const person = readPersonCookie(request) ? await personFor(deps, withoutProjects(request), 'default') : null;
  const all = await deps.list();
  if (person) {
    const roles = await deps.rolesOf(person.email);
    for (const { slug } of all) {
      const role = roles[slug] ?? person.roles[slug] ?? person.roles['*'];
      if (role && !mine.has(slug)) mine.set(slug, role);
    }
  }
  for (const slug of cookiesOf(request)) {
    if (slug === 'default' || !all.some((project) => project.slug === slug)) continue;
    const there = await whoIs(deps, request, slug, address);
    if (there && !(there instanceof Response)) mine.set(slug, roleOf(there.scope));
  }
  return {
    projects: all
      .filter(({ slug, state }) => (mayCreate || mine.has(slug)) && (mayCreate || state !== 'deleting'))
      .map((project) => ({ ...project, role: mine.get(project.slug) ?? null })),
    person: person && { name: person.name, email: person.email },
    mayCreate,
  };
}

/** The slugs of the projects whose own cookies a request carries. */
function cookiesOf(request: Request): string[] {
  const names = (request.headers.get('cookie') ?? '').matchAll(/(?:^|;\s*)tidemark-([a-z][a-z0-9-]{0,31})=/g);
  return [...new Set([...names].map((match) => match[1]!))].slice(0, MOST_COOKIES);
}

/** With the person's cookie alone. */
function withoutProjects(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set('cookie', (headers.get('cookie') ?? '').replaceAll(/tidemark-[a-z0-9-]+=[^;]*/g, ''));
  return new Request(request.url, { headers });
}
