import type { Context, Hono } from 'hono';
import type { Gate } from '../access/gate.ts';
import type { Route } from '../contract/route.ts';
import { getStatus } from '../contract/status.ts';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import type { Env } from '../mount.ts';
import { statusFamilies } from '../observe/gauges.ts';
import { PROMETHEUS_TYPE, prometheusText } from '../observe/prometheus.ts';
import { readStatus } from '../observe/status.ts';
import { PAGE_POLICY } from './policy.ts';

/** `/docs` for everybody; `/status` and `/metrics` for who may read. */
export function mountPages(app: Hono<Env>, deps: Deps, gate: Gate): void {
  const page = (html: string): Response =>
    new Response(html, { headers: { ...PAGE_POLICY, 'content-type': 'text/html; charset=utf-8' } });
  app.get('/docs', async () => {
    const [{ docsPage }, { openApi }] = await Promise.all([import('./docs.ts'), import('../openapi/document.ts')]);
    return page(docsPage(openApi(deps.version), deps.slug));
  });
  app.get('/docs/page.js', async () => {
    const { DOCS_SCRIPT } = await import('./docs-script.ts');
    return new Response(DOCS_SCRIPT, {
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' },
    });
  });
  app.get('/metrics', async (c) => {
    await admit(c, getStatus);
    // What the whole process counts is told once, not by each of its projects.
    const whole = deps.slug === 'default' ? await deps.meter?.families() : undefined;
    const families = [...statusFamilies(await readStatus(deps)), ...(whole ?? [])];
    return new Response(prometheusText(families), { headers: { 'content-type': PROMETHEUS_TYPE } });
  });
  app.get('/status', async (c) => {
    const { statusPage } = await import('./status.ts');
    try {
      await admit(c, getStatus);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'unauthorized') throw error;
      return page(statusPage(null, deps.slug));
    }
    return page(statusPage(await readStatus(deps), deps.slug));
  });

  function admit(c: Context<Env>, route: Route) {
    const { principal: given, address = '' } = (c.env ?? {}) as Env['Bindings'];
    const tell = (headers: Record<string, string>): void => c.set('headers', headers);
    return gate.admit({ route, authorization: c.req.header('authorization'), given, address, tell });
  }
}
