import { Slug } from '../contract/project.ts';

export interface Place {
  readonly slug: string;
  /** The address inside the project. */
  readonly path: string;
}

/** Splits `/p/{slug}/rest`; without the prefix the project is `default`. Null: no slug at all stands there. */
export function placeOf(pathname: string): Place | null {
  if (pathname !== '/p' && !pathname.startsWith('/p/')) return { slug: 'default', path: pathname };
  const end = pathname.indexOf('/', 3);
  const slug = pathname.slice(3, end < 0 ? undefined : end);
  return Slug.safeParse(slug).success ? { slug, path: end < 0 ? '/' : pathname.slice(end) } : null;
}

/** The request as its project sees it. */
export function inside(request: Request, { slug, path }: Place): Request {
  const url = new URL(request.url);
  if (slug === 'default' && url.pathname === path) return request;
  url.pathname = path;
  const { method, headers, body, signal } = request;
  // A streamed body needs `duplex`, which the type does not know yet.
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal, redirect: 'manual' };
  if (body) Object.assign(init, { body, duplex: 'half' });
  return new Request(url, init);
}
