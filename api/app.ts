import { Hono } from 'hono';
import { artifactRoutes } from './contract/artifacts.ts';
import { changeRoutes } from './contract/changes.ts';
import { datasetRoutes } from './contract/datasets.ts';
import { consoleRoutes } from './contract/console.ts';
import { experimentRoutes } from './contract/experiments.ts';
import { datasetRoutes } from './contract/datasets.ts';
import { environmentRoutes } from './contract/environment.ts';
import { leaseRoutes } from './contract/leases.ts';
import { metricRoutes } from './contract/metrics.ts';
import { mediaRoutes } from './contract/media.ts';
import { memberRoutes } from './contract/members.ts';
import { modelRoutes } from './contract/models.ts';
import { runRoutes } from './contract/runs.ts';
import { searchRoutes } from './contract/search.ts';
import { tokenRoutes } from './contract/tokens.ts';
import { weightsRoutes } from './contract/weights.ts';
import { workerRoutes } from './contract/workers.ts';
import type { Deps } from './deps.ts';
import { ApiError } from './errors.ts';
import { toHex } from './hash.ts';
import { type Env, mount } from './mount.ts';
import { replyError } from './reply.ts';
import { artifactHandlers } from './routes/artifacts.ts';
import { changeHandlers } from './routes/changes.ts';
import { datasetHandlers } from './routes/datasets.ts';
import { consoleHandlers } from './routes/console.ts';
import { experimentHandlers } from './routes/experiments.ts';
import { leaseHandlers } from './routes/leases.ts';
import { metricHandlers } from './routes/metrics.ts';
import { datasetHandlers } from './routes/datasets.ts';
import { environmentHandlers } from './routes/environment.ts';
import { modelHandlers } from './routes/models.ts';
import { runHandlers } from './routes/runs.ts';
import { mediaHandlers } from './routes/media.ts';
import { memberHandlers } from './routes/members.ts';
import { searchHandlers } from './routes/search.ts';
import { createTokenHandlers } from './routes/tokens.ts';
import { weightsHandlers } from './routes/weights.ts';
import { workerHandlers } from './routes/workers.ts';

/**
 * The app of exactly one project. No I/O happens on import or construction; `deps` are all it touches.
 * Call `app.fetch(request, {principal})`: `principal` is set only by the front, for a session it has checked.
 */
export function createApp(deps: Deps): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const requestId = toHex(deps.rng(8));
    c.set('requestId', requestId);
    await next();
    c.res.headers.set('x-request-id', requestId);
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
  mount(app, deps, metricRoutes, metricHandlers);
  mount(app, deps, consoleRoutes, consoleHandlers);
  mount(app, deps, leaseRoutes, leaseHandlers);
  mount(app, deps, workerRoutes, workerHandlers);
  mount(app, deps, changeRoutes, changeHandlers);
  mount(app, deps, artifactRoutes, artifactHandlers);
  mount(app, deps, datasetRoutes, datasetHandlers);
  mount(app, deps, weightsRoutes, weightsHandlers);
  mount(app, deps, modelRoutes, modelHandlers);
  mount(app, deps, tokenRoutes, createTokenHandlers());
  mount(app, deps, mediaRoutes, mediaHandlers);
  mount(app, deps, environmentRoutes, environmentHandlers);
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
