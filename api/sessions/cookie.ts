/** Days that a browser stays logged in. */
export const SESSION_DAYS = 90;

/** A cookie a project: cookies do not know paths well enough to keep projects apart, names do. */
const cookieName = (slug: string): string => `tidemark-${slug}`;

/** The session's secret that a request carries for a project, or null. */
export const readCookie = (request: Request, slug: string): string | null => readSecret(request, cookieName(slug));

/** `Set-Cookie` for a session; an empty secret removes it. */
export const writeCookie = (request: Request, slug: string, secret: string): string =>
  cookie(request, cookieName(slug), secret, secret === '' ? 0 : SESSION_DAYS * 86_400, 'Strict');

/** A person's session, which the directory keeps: good in every project that it belongs to. No slug has a dot in it. */
const personCookie = (secure: boolean): string => `${secure ? '__Host-' : ''}tidemark.person`;

/** The secret of a person's session, or null. */
export const readPersonCookie = (request: Request): string | null =>
  readSecret(request, personCookie(isSecure(request)));

/** `Set-Cookie` for a person's session of so many days; an empty secret removes it. */
export const writePersonCookie = (request: Request, secret: string, days = 0): string =>
  cookie(request, personCookie(isSecure(request)), secret, secret === '' ? 0 : days * 86_400, 'Strict');

/** What a login by the identity provider has to find again when it comes back; from there, so not only from our own pages. */
const loginCookie = (secure: boolean): string => `${secure ? '__Host-' : ''}tidemark.login`;

export const readLoginCookie = (request: Request): string | null => readValue(request, loginCookie(isSecure(request)));

export const writeLoginCookie = (request: Request, value: string): string =>
  cookie(request, loginCookie(isSecure(request)), value, value === '' ? 0 : 600, 'Lax');

function cookie(request: Request, name: string, value: string, age: number, sameSite: 'Strict' | 'Lax'): string {
  const secure = isSecure(request) ? '; Secure' : '';
  return `${name}=${value}; Path=/; Max-Age=${age}; HttpOnly; SameSite=${sameSite}${secure}`;
}

function readSecret(request: Request, name: string): string | null {
  const value = readValue(request, name);
  return value !== null && /^[0-9a-z]{40}$/.test(value) ? value : null;
}

function readValue(request: Request, name: string): string | null {
  for (const part of (request.headers.get('cookie') ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}

/** A proxy that ends TLS says so. A liar only gets a cookie that its browser will not send back. */
export const isSecure = (request: Request): boolean =>
  new URL(request.url).protocol === 'https:' || request.headers.get('x-forwarded-proto') === 'https';
