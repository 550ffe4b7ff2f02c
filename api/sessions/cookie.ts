/** Days that a browser stays logged in. */
export const SESSION_DAYS = 90;

/** A cookie a project: cookies do not know paths well enough to keep projects apart, names do. */
const cookieName = (slug: string): string => `tidemark-${slug}`;

/** The session's secret that a request carries for a project, or null. */
export function readCookie(request: Request, slug: string): string | null {
  const name = cookieName(slug);
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) {
      const value = part.slice(at + 1).trim();
      return /^[0-9a-z]{40}$/.test(value) ? value : null;
    }
  }
  return null;
}

/** `Set-Cookie` for a session; an empty secret removes it. */
export function writeCookie(request: Request, slug: string, secret: string): string {
  const age = secret === '' ? 0 : SESSION_DAYS * 86_400;
  const secure = isSecure(request) ? '; Secure' : '';
  return `${cookieName(slug)}=${secret}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
}

/** A proxy that ends TLS says so. A liar only gets a cookie that its browser will not send back. */
const isSecure = (request: Request): boolean =>
  new URL(request.url).protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https';
