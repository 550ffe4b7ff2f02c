import { ApiError } from '../errors.ts';

/**
 * A cookie alone does not show that our own page made a request: a page elsewhere can cause one. So what a session changes, and
 * each socket it opens, must come from this very origin. Hosts are compared, not schemes: a proxy may have ended TLS.
 * Errors: forbidden.
 */
export function requireOwnOrigin(request: Request): void {
  const origin = request.headers.get('origin');
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (origin === null ? request.headers.get('sec-fetch-site') === 'same-origin' : hostOf(origin) === host) return;
  throw new ApiError('forbidden', `A request from ${origin ?? 'an unknown page'} cannot use this browser’s session.`, {
    hint: 'Behind a proxy, pass the Host header on. Programs send a token instead: `Authorization: Bearer TOKEN`.',
  });
}

const hostOf = (origin: string): string | undefined => /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
