import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface Account {
  email: string;
  email_verified?: boolean;
  name?: string;
  groups?: string[];
}

export interface TestProvider {
  readonly issuer: string;
  /** The only browsers that it sends back. */
  allow(redirectUri: string): void;
  /** Who logs in next. */
  account: { id: string } & Account;
  /** Whether they agree. */
  agrees: boolean;
  close(): Promise<void>;
}

/** A real OpenID provider on loopback, whose person logs in and agrees without being asked. */
export async function openProvider(clientId: string, clientSecret: string): Promise<TestProvider> {
  const state: { account: TestProvider['account']; agrees: boolean } = {
    account: { id: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada' },
    agrees: true,
  };
  const client = {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: ['http://127.0.0.1:1/none'],
    grant_types: ['authorization_code'],
    response_types: ['code' as const],
  };
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = new Map<string, TestProvider['account']>();
  let handler: ReturnType<Provider['callback']> | undefined;
  const build = (): void => {
    const provider = new Provider(issuer, {
      clients: [client],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      cookies: { keys: ['of the tests'] },
      findAccount: (_context, id) => {
        const { id: accountId, ...claims } = seen.get(id) ?? state.account;
        return { accountId, claims: async () => ({ sub: id, ...claims }) };
      },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    });
    handler = provider.callback();
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return void handler!(request, response);
      void (async () => {
        const { params, prompt } = await provider.interactionDetails(request, response);
        if (!state.agrees) {
          await provider.interactionFinished(
            request,
            response,
            { error: 'access_denied' },
            { mergeWithLastSubmission: false },
          );
          return;
        }
        const { account } = state;
        seen.set(account.id, account);
        const grant = new provider.Grant({ accountId: account.id, clientId: String(params.client_id) });
        grant.addOIDCScope('openid email profile');
        const grantId = await grant.save();
        void prompt;
        await provider.interactionFinished(
          request,
          response,
          { login: { accountId: account.id }, consent: { grantId } },
          { mergeWithLastSubmission: false },
        );
      })();
    });
  };
  build();
  return Object.assign(state, {
    issuer,
    allow(redirectUri: string) {
      client.redirect_uris = [redirectUri];
      build();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** Follows redirects as a browser does, with a jar of cookies for each origin; answers the last reply. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  cookies(origin: string): Map<string, string> {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }

  async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(address);
    const jar = this.cookies(origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) };
    const response = await fetch(address, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split(/=(.*)/s);
      if (/max-age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name.trim());
      else jar.set(name.trim(), value);
    }
    return response;
  }

  /** Goes on until there is no redirect, or until it would lead to `stop`. */
  async visit(address: string, stop?: (url: URL) => boolean): Promise<{ url: URL; response: Response }> {
    let url = new URL(address);
    for (let hops = 0; hops < 15; hops++) {
      if (stop?.(url)) return { url, response: new Response(null) };
      const response = await this.fetch(url.href);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || !location) return { url, response };
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new Error(`too many redirects, the last to ${url.href}`);
  }
}
