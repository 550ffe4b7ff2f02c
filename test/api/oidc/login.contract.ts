import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Caller } from '../../contract/server.ts';
import { Browser, type TestProvider } from './provider.ts';

export interface OidcServer {
  readonly url: string;
  readonly provider: TestProvider;
  /** Of `default`. */
  readonly admin: string;
  close(): Promise<void>;
}

/** What both runtimes must do with `*=`-less rules: `ml=editor, vision/leads=admin`, addresses of example.com. */
export function oidcSuite(open: () => Promise<OidcServer>): void {
  describe('login by OpenID Connect', () => {
    let server: OidcServer;
    let owner: Caller;
    beforeAll(async () => {
      server = await open();
      owner = new Caller({ fetch: (path, init) => fetch(server.url + path, init) }, server.admin);
      server.provider.allow(`${server.url}/login/oidc/callback`);
      await owner.ok('POST', '/projects', { slug: 'vision' });
    });
    afterAll(async () => {
      await server.close();
      await server.provider.close();
    });
    const origin = () => new URL(server.url).origin;
    const start = (next = '/') => `${server.url}/login/oidc?next=${encodeURIComponent(next)}`;
    const as = (id: string, more: object = {}): void => {
      server.provider.account = { id, email: `${id}@example.com`, email_verified: true, name: id, ...more };
      server.provider.agrees = true;
    };
    const inside = (browser: Browser, path = '') =>
      new Caller(
        {
          fetch: (route, init) =>
            browser.fetch(`${server.url}${path}${route}`, {
              ...init,
              headers: { ...(init?.headers as Record<string, string>), origin: origin() },
            }),
        },
        null,
      );
    const errorOf = (url: URL): string => {
      expect(url.pathname).toMatch(/\/login$/);
      return url.searchParams.get('error') ?? '';
    };

    test('the login page is told of the provider', async () => {
      const options = await fetch(`${server.url}/api/v1/login-options`);
      expect(await options.json()).toEqual({ provider: { name: 'Example', path: '/login/oidc' } });
    });

    test('a member whose address it vouches for is in, in each project that it belongs to', async () => {
      await owner.ok('POST', '/members', { email: 'Ada@example.com', role: 'editor' });
      as('ada', { name: 'Ada Lovelace' });
      const browser = new Browser();
      const { url } = await browser.visit(start('/e?x=1'));
      expect(url.href).toBe(`${server.url}/e?x=1`);
      expect([...browser.cookies(origin()).keys()]).toEqual(['tidemark.person']);
      const me = inside(browser);
      expect(await me.ok('GET', '/whoami')).toMatchObject({ role: 'editor', email: 'ada@example.com' });
      expect((await me.post('/experiments', { name: 'by ada' })).status).toBe(201);
      expect((await me.get('/tokens')).status).toBe(403);
      expect((await inside(browser, '/p/vision').get('/runs')).status).toBe(401);
      const home = await me.ok<{ projects: { slug: string; role: string }[]; person: object }>('GET', '/home');
      expect(home.person).toEqual({ name: 'Ada Lovelace', email: 'ada@example.com' });
      expect(home.projects.map(({ slug, role }) => [slug, role])).toEqual([['default', 'editor']]);
    });

    test('what it changes must come from our own pages', async () => {
      as('ada');
      const browser = new Browser();
      await browser.visit(start());
      const foreign = await browser.fetch(`${server.url}/api/v1/experiments`, {
        method: 'POST',
        body: '{"name":"x"}',
        headers: { origin: 'https://evil.example' },
      });
      expect(foreign.status).toBe(403);
    });

    test('sessions are listed, and logging out everywhere ends those of every browser', async () => {
      as('ada');
      const [one, two] = [new Browser(), new Browser()];
      await one.visit(start());
      await two.visit(start());
      const { sessions } = await inside(one).ok<{ sessions: { kind: string; current: boolean }[] }>('GET', '/sessions');
      expect(sessions.filter(({ current }) => current)).toHaveLength(1);
      expect(new Set(sessions.map(({ kind }) => kind))).toEqual(new Set(['person']));
      await inside(one).ok('DELETE', '/sessions');
      expect((await inside(two).get('/whoami')).status).toBe(401);
    });

    test('log out ends this one', async () => {
      as('ada');
      const browser = new Browser();
      await browser.visit(start());
      const kept = new Map(browser.cookies(origin()));
      await inside(browser).ok('DELETE', '/session');
      expect(browser.cookies(origin()).size).toBe(0);
      for (const [name, value] of kept) browser.cookies(origin()).set(name, value);
      expect((await inside(browser).get('/whoami')).status).toBe(401);
    });

    test('who is no member is told so, by the project’s name, and gets nothing', async () => {
      as('eve');
      const browser = new Browser();
      const { url } = await browser.visit(start('/p/vision/'), (to) => to.pathname.endsWith('/login'));
      expect(url.pathname).toBe('/p/vision/login');
      expect(errorOf(url)).toBe(
        'You are eve@example.com, who is no member of the project vision. An admin of it can add you.',
      );
      expect((await inside(browser, '/p/vision').get('/runs')).status).toBe(401);
    });

    test('groups give roles, in one project or in each; a member’s own role goes before', async () => {
      as('grace', { groups: ['ml', 'leads'] });
      const browser = new Browser();
      await browser.visit(start());
      expect(await inside(browser).ok('GET', '/whoami')).toMatchObject({ role: 'editor' });
      expect(await inside(browser, '/p/vision').ok('GET', '/whoami')).toMatchObject({ role: 'admin' });
      await owner.ok('POST', '/members', { email: 'grace@example.com', role: 'viewer' });
      expect(await inside(browser).ok('GET', '/whoami')).toMatchObject({ role: 'viewer' });
    });

    test('a member stays who it is when its address changes, and its old address is nobody', async () => {
      await owner.ok('POST', '/members', { email: 'kim@example.com', role: 'viewer' });
      as('kim');
      await new Browser().visit(start());
      as('kim', { email: 'kim.new@example.com' });
      const moved = new Browser();
      await moved.visit(start());
      expect(await inside(moved).ok('GET', '/whoami')).toMatchObject({ role: 'viewer' });
      as('another', { email: 'kim@example.com' });
      const { url } = await new Browser().visit(start(), (to) => to.pathname === '/login');
      expect(errorOf(url)).toMatch(/no member/);
    });

    test.each([
      ['an address that is not verified', { email_verified: false }, /has not verified/],
      ['an address of another domain', { email: 'x@elsewhere.example' }, /elsewhere.example are not let in/],
      ['no address', { email: undefined }, /does not say your e-mail/],
    ])('refuses %s, in words', async (_, more, message) => {
      as('odd', more);
      const { url } = await new Browser().visit(start(), (to) => to.pathname === '/login');
      expect(errorOf(url)).toMatch(message);
    });

    test('who does not agree is back on the login page', async () => {
      as('ada');
      server.provider.agrees = false;
      const { url } = await new Browser().visit(start(), (to) => to.pathname === '/login');
      expect(errorOf(url)).toBe('Example says that you did not agree, or may not.');
    });

    test('a reply with another state, another browser’s, or a second time, logs nobody in', async () => {
      as('ada');
      const browser = new Browser();
      const { url } = await browser.visit(start(), (to) => to.pathname === '/login/oidc/callback');
      const stranger = await new Browser().visit(url.href, (to) => to.pathname === '/login');
      expect(errorOf(stranger.url)).toMatch(/another browser/);
      const forged = new URL(url);
      forged.searchParams.set('state', 'x'.repeat(43));
      const before = new Map(browser.cookies(origin()));
      const wrong = await browser.visit(forged.href, (to) => to.pathname === '/login');
      expect(errorOf(wrong.url)).toMatch(/could not be verified/);
      for (const [name, value] of before) browser.cookies(origin()).set(name, value);
      expect((await browser.visit(url.href, (to) => to.pathname === '/')).url.pathname).toBe('/');
      for (const [name, value] of before) browser.cookies(origin()).set(name, value);
      const again = await browser.visit(url.href, (to) => to.pathname === '/login');
      expect(errorOf(again.url)).not.toBe('');
    });

    test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
      'never leads to %s',
      async (next) => {
        as('ada');
        const { url } = await new Browser().visit(start(next), (to) => to.origin === origin() && to.pathname === '/');
        expect(url.href).toBe(`${origin()}/`);
      },
    );
  });
}
