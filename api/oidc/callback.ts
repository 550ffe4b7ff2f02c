import type { FrontDeps } from '../front/deps.ts';
import { placeOf } from '../front/slug.ts';
import { writeCookie, writeLoginCookie, writePersonCookie } from '../sessions/cookie.ts';
import { type Oidc, OidcError } from './login.ts';

/**
 * Where the identity provider sends a browser back to: a session for the person, and on to where it wanted to go. A person who is no
 * member there is told so on the login page, and so is one who was refused.
 */
export async function oidcCallback(deps: FrontDeps, oidc: Oidc, request: Request, address: string): Promise<Response> {
  const headers = new Headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  headers.append('set-cookie', writeLoginCookie(request, ''));
  const toLogin = (next: string, error: string): Response => {
    const place = placeOf(new URL(next, 'http://localhost').pathname);
    const prefix = !place || place.slug === 'default' ? '' : `/p/${place.slug}`;
    headers.set('location', `${prefix}/login?error=${encodeURIComponent(error)}`);
    return new Response(null, { status: 303, headers });
  };
  try {
    const { identity, next } = await oidc.finish(request);
    const agent = request.headers.get('user-agent') ?? '';
    const secret = await deps.persons.signIn(identity, { days: oidc.sessionDays, agent });
    headers.append('set-cookie', writePersonCookie(request, secret, oidc.sessionDays));
    const slug = placeOf(new URL(next, 'http://localhost').pathname)?.slug ?? 'default';
    // One way in at a time: what this browser had in that project before would go first.
    headers.append('set-cookie', writeCookie(request, slug, ''));
    const person = await deps.persons.find(secret);
    const question = new Request(new URL('/api/v1/whoami', request.url));
    const reply = person && (await deps.fetch(slug, question, { address, person }));
    if (!reply?.ok) {
      const where = slug === 'default' ? 'here' : `of the project ${slug}`;
      return toLogin(next, `You are ${identity.email}, who is no member ${where}. An admin of it can add you.`);
    }
    await deps.note('signIn', slug, identity.email, address);
    headers.set('location', next);
    return new Response(null, { status: 303, headers });
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    if (error.cause) deps.report?.(error.cause, 'oidc');
    return toLogin(error.next, error.message);
  }
}
