import { type Context, Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { createGate } from './access/gate.ts';
import { alertRoutes } from './contract/alerts.ts';
import { archiveRoutes } from './contract/archive.ts';
import { artifactRoutes } from './contract/artifacts.ts';
import { auditRoutes } from './contract/audit.ts';
import { changeRoutes } from './contract/changes.ts';
import { consoleRoutes } from './contract/console.ts';
import { datasetRoutes } from './contract/datasets.ts';
import { environmentRoutes } from './contract/environment.ts';
import { experimentRoutes } from './contract/experiments.ts';
import { leaseRoutes } from './contract/leases.ts';
import { lineageRoutes } from './contract/lineage.ts';
import { mediaRoutes } from './contract/media.ts';
import { memberRoutes } from './contract/members.ts';
import { metricRoutes } from './contract/metrics.ts';
import { modelRoutes } from './contract/models.ts';
import { projectRoutes } from './contract/project.ts';
import { PROTOCOL, PROTOCOL_HEADER } from './contract/protocol.ts';
import { runRoutes } from './contract/runs.ts';
import { searchRoutes } from './contract/search.ts';
import { sessionRoutes } from './contract/sessions.ts';
import { statusRoutes } from './contract/status.ts';
import { tokenRoutes } from './contract/tokens.ts';
import { uploadRoutes } from './contract/uploads.ts';
import { viewRoutes } from './contract/views.ts';
import { webhookRoutes } from './contract/webhooks.ts';
import { weightsRoutes } from './contract/weights.ts';
import { workerRoutes } from './contract/workers.ts';
import type { Deps } from './deps.ts';
import { ApiError } from './errors.ts';
import { toHex } from './hash.ts';
import { type Env, mount } from './mount.ts';
import { mountPages } from './pages/mount.ts';
import { replyError } from './reply.ts';
import { alertHandlers } from './routes/alerts.ts';
import { archiveHandlers } from './routes/archive.ts';
import { artifactHandlers } from './routes/artifacts.ts';
import { auditHandlers } from './routes/audit.ts';
import { changeHandlers } from './routes/changes.ts';
import { consoleHandlers } from './routes/console.ts';
import { datasetHandlers } from './routes/datasets.ts';
import { environmentHandlers } from './routes/environment.ts';
import { experimentHandlers } from './routes/experiments.ts';
import { leaseHandlers } from './routes/leases.ts';
import { lineageHandlers } from './routes/lineage.ts';
import { mediaHandlers } from './routes/media.ts';
import { memberHandlers } from './routes/members.ts';
import { metricHandlers } from './routes/metrics.ts';
import { modelHandlers } from './routes/models.ts';
import { projectHandlers } from './routes/project.ts';
import { runHandlers } from './routes/runs.ts';
import { searchHandlers } from './routes/search.ts';
import { sessionHandlers } from './routes/sessions.ts';
import { statusHandlers } from './routes/status.ts';
import { createTokenHandlers } from './routes/tokens.ts';
import { uploadHandlers } from './routes/uploads.ts';
import { viewHandlers } from './routes/views.ts';
import { webhookHandlers } from './routes/webhooks.ts';
import { weightsHandlers } from './routes/weights.ts';
import { workerHandlers } from './routes/workers.ts';

/**
 * The app of exactly one project. No I/O happens on import or construction; `deps` are all it touches.
 * Call `app.fetch(request, {principal})`: `principal` is set only by the front, for a session it has checked.
 */
export function createApp(deps: Deps): Hono<Env> {
  const app = new Hono<Env>();
  const gate = createGate(deps);
  app.use(async (c, next) => {
    const start = performance.now();
    const requestId = requestIdOf(c.req.header('x-request-id')) ?? toHex(deps.rng(8));
    c.set('requestId', requestId);
    c.set('gate', gate);
    await next();
    c.res.headers.set('x-request-id', requestId);
    c.res.headers.set(PROTOCOL_HEADER, String(PROTOCOL));
    c.res.headers.set('tidemark-version', deps.version);
    for (const [name, value] of Object.entries(c.get('headers') ?? {})) c.res.headers.set(name, value);
    const seconds = (performance.now() - start) / 1000;
    deps.meter?.answered({ method: c.req.method, route: patternOf(c), status: c.res.status, seconds });
  });
  app.get('/healthz', (c) => c.json({ ok: true, version: deps.version }));
  app.get('/api/v1/openapi.json', async (c) => {
    // Only who asks for the document pays for loading what it is made of.
    const { openApi } = await import('./openapi/document.ts');
    return c.json(openApi(deps.version));
  });
  // One line an area: its routes of the contract, and api/routes/AREA.ts with a handler for each.
  mount(app, deps, experimentRoutes, experimentHandlers);
  mount(app, deps, runRoutes, runHandlers);
  mount(app, deps, searchRoutes, searchHandlers);
  mount(app, deps, viewRoutes, viewHandlers);
  mount(app, deps, metricRoutes, metricHandlers);
  mount(app, deps, consoleRoutes, consoleHandlers);
  mount(app, deps, mediaRoutes, mediaHandlers);
  mount(app, deps, environmentRoutes, environmentHandlers);
  mount(app, deps, leaseRoutes, leaseHandlers);
  mount(app, deps, workerRoutes, workerHandlers);
  mount(app, deps, changeRoutes, changeHandlers);
  mount(app, deps, uploadRoutes, uploadHandlers);
  mount(app, deps, artifactRoutes, artifactHandlers);
  mount(app, deps, datasetRoutes, datasetHandlers);
  mount(app, deps, weightsRoutes, weightsHandlers);
  mount(app, deps, modelRoutes, modelHandlers);
  mount(app, deps, lineageRoutes, lineageHandlers);
  mount(app, deps, alertRoutes, alertHandlers);
  mount(app, deps, webhookRoutes, webhookHandlers);
  mount(app, deps, tokenRoutes, createTokenHandlers());
  mount(app, deps, sessionRoutes, sessionHandlers);
  mount(app, deps, projectRoutes, projectHandlers);
  mount(app, deps, memberRoutes, memberHandlers);
  mount(app, deps, auditRoutes, auditHandlers);
  mount(app, deps, archiveRoutes, archiveHandlers);
  mount(app, deps, statusRoutes, statusHandlers);
  mountPages(app, deps, gate);
  app.notFound((c) =>
    replyError(new ApiError('not_found', `There is no ${c.req.method} ${c.req.path}.`), c.get('requestId')),
  );
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    if (!(error instanceof ApiError)) deps.report?.(error, requestId);
    return replyError(error, requestId);
  });
  return app;
}

/** A request's own id, if it is one that a log can hold. */
const requestIdOf = (header: string | undefined): string | undefined =>
  header !== undefined && /^[\w.:-]{1,64}$/.test(header) ? header : undefined;

/** The path's pattern: there are few of them, whatever is asked for. */
const patternOf = (c: Context<Env>): string => matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path ?? 'none';
