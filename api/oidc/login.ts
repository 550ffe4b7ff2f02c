import type * as client from 'openid-client';
import type { Identity } from '../directory/persons.ts';
import { ApiError } from '../errors.ts';
import { safePath } from '../front/safe-path.ts';
import { readLoginCookie, writeLoginCookie } from '../sessions/cookie.ts';
import { rolesOf } from './roles.ts';
import { isLoopback, type OidcSettings } from './settings.ts';

export interface Oidc {
  readonly name: string;
  readonly sessionDays: number;
  /** To the provider, with a cookie by which this browser is known when it comes back. `?next=` is where it goes then. */
  start(request: Request): Promise<Response>;
  /** Whom the provider vouches for, and where to go. @throws OidcError in words for the person who logs in. */
  finish(request: Request): Promise<{ identity: Identity; next: string }>;
}

/** Why a login did not succeed, to be read on the login page. */
export class OidcError extends Error {
  readonly next: string;
  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OidcError';
    this.next = next;
  }
}

/** Milliseconds after which the discovery document is read again. */
const DISCOVERY_LASTS = 3_600_000;
const CALLBACK = '/login/oidc/callback';

interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string;
}

/**
 * Authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9700). The ID token's signature is checked by
 * the provider's published keys although it comes straight from it, and its times with 60 s of tolerance. `publicUrl` is the address that
 * the provider sends browsers back to; without, the one that the request came to.
 */
export function createOidc(settings: OidcSettings, around: { publicUrl: string | undefined; now: () => number }): Oidc {
  let known: { at: number; config: Promise<client.Configuration> } | null = null;

  function configuration(): Promise<client.Configuration> {
    const now = around.now();
    if (known && now - known.at < DISCOVERY_LASTS) return known.config;
    const config = discover(settings);
    known = { at: now, config };
    config.catch(() => {
      known = null;
    });
    return config;
  }
  const callbackOf = (request: Request): string => {
    const own = new URL(request.url);
    const https = request.headers.get('x-forwarded-proto') === 'https' || own.protocol === 'https:';
    const host = request.headers.get('host') ?? own.host;
    return `${around.publicUrl ?? `${https ? 'https' : 'http'}://${host}`}${CALLBACK}`;
  };

  return {
    name: settings.name,
    sessionDays: settings.sessionDays,
    async start(request) {
      const oidc = await import('openid-client');
      const config = await configuration().catch(() => {
        throw new ApiError('unavailable', `${settings.name} does not answer; try again, or log in by a token.`, {
          retryAfter: 10,
        });
      });
      const begun: Begun = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
        next: safePath(new URL(request.url).searchParams.get('next')),
      };
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: callbackOf(request),
        scope: 'openid email profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
        state: begun.state,
        nonce: begun.nonce,
      });
      const cookie = writeLoginCookie(request, encodeURIComponent(JSON.stringify(begun)));
      return new Response(null, {
        status: 303,
        headers: {
          location: url.href,
          'set-cookie': cookie,
          'cache-control': 'no-store',
          'referrer-policy': 'no-referrer',
        },
      });
    },
    async finish(request) {
      const begun = readBegun(request);
      if (!begun) throw new OidcError('This login was begun in another browser, or too long ago. Begin again.', '/');
      const url = new URL(callbackOf(request));
      url.search = new URL(request.url).search;
      const claims = await exchange(settings, configuration, url, begun);
      return { identity: identityOf(settings, claims, begun.next), next: begun.next };
    },
  };
}

async function discover({ issuer, clientId, clientSecret }: OidcSettings): Promise<client.Configuration> {
  const oidc = await import('openid-client');
  const url = new URL(issuer);
  const auth = clientSecret === undefined ? oidc.None() : undefined;
  const config = await oidc.discovery(
    url,
    clientId,
    { ...(clientSecret ? { client_secret: clientSecret } : {}), [oidc.clockTolerance]: 60 },
    auth,
    {
      execute: [oidc.enableNonRepudiationChecks, ...(isLoopback(url) ? [oidc.allowInsecureRequests] : [])],
      timeout: 10,
    },
  );
  return config;
}

/** The code for claims: those of the ID token, and what only the userinfo endpoint says. */
async function exchange(
  settings: OidcSettings,
  configuration: () => Promise<client.Configuration>,
  url: URL,
  { state, nonce, verifier, next }: Begun,
): Promise<Record<string, unknown>> {
  const oidc = await import('openid-client');
  try {
    const config = await configuration();
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error('no ID token came');
    if (claims.email !== undefined && claims[settings.groupsClaim] !== undefined) return claims;
    if (!config.serverMetadata().userinfo_endpoint) return claims;
    return { ...(await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)), ...claims };
  } catch (cause) {
    const why = cause instanceof oidc.AuthorizationResponseError ? cause : null;
    const message =
      why?.error === 'access_denied'
        ? `${settings.name} says that you did not agree, or may not.`
        : why
          ? `${settings.name} refused: ${why.error_description ?? why.error}.`
          : `What ${settings.name} sent back could not be verified. Begin again; if it stays so, tell an admin.`;
    throw new OidcError(message.replaceAll(/\p{Cc}/gu, ' ').slice(0, 300), next, { cause });
  }
}

/** Errors: OidcError, for whoever is not to be let in. */
function identityOf(settings: OidcSettings, claims: Record<string, unknown>, next: string): Identity {
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name].trim() : '');
  const email = text('email').toLowerCase();
  const subject = text('sub');
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw new OidcError(`${settings.name} does not say your e-mail address, by which projects know you.`, next);
  }
  // Whoever may name an address without proof could be anybody.
  if (claims.email_verified !== true) {
    throw new OidcError(`${settings.name} has not verified your address ${email}.`, next);
  }
  const domain = email.slice(email.lastIndexOf('@') + 1);
  if (settings.domains.length > 0 && !settings.domains.includes(domain)) {
    throw new OidcError(`Addresses of ${domain} are not let in here.`, next);
  }
  const listed = claims[settings.groupsClaim];
  const groups = (Array.isArray(listed) ? listed : [listed]).filter((one): one is string => typeof one === 'string');
  const name = (text('name') || text('preferred_username') || email).replaceAll(/\p{Cc}/gu, ' ').slice(0, 200);
  return { issuer: settings.issuer, subject, email, name, roles: rolesOf(settings.roles, groups) };
}

function readBegun(request: Request): Begun | null {
  try {
    const value: unknown = JSON.parse(decodeURIComponent(readLoginCookie(request) ?? ''));
    if (typeof value !== 'object' || value === null) return null;
    const { state, nonce, verifier, next } = value as Record<string, unknown>;
    if (![state, nonce, verifier].every((one) => typeof one === 'string' && one.length >= 20)) return null;
    return { state: String(state), nonce: String(nonce), verifier: String(verifier), next: safePath(String(next)) };
  } catch {
    return null;
  }
}
