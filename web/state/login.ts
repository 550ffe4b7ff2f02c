import { place } from '../api.ts';

/** To the login page, and back here afterwards. */
export function toLogin(): void {
  const path = location.pathname.slice(place.basepath.length) || '/';
  if (path.startsWith('/login')) return;
  const next = path + location.search;
  location.assign(`${place.basepath}/login${next === '/' ? '' : `?next=${encodeURIComponent(next)}`}`);
}

/** Only a path of this very site: anything else could lead a person away after login. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}
