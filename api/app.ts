import { Hono } from 'hono';
import type { Deps } from './deps.ts';
import { ApiError, errorReply } from './errors.ts';
import { toHex } from './hash.ts';
import type { Env } from './mount.ts';

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
  // One line an area: its routes of the contract, and api/routes/AREA.ts with a handler for each.
  app.notFound((c) =>
    reply(new ApiError('not_found', `There is no ${c.req.method} ${c.req.path}.`), c.get('requestId')),
  );
  app.onError((error, c) => {
    const requestId = c.get('requestId');
    if (!(error instanceof ApiError)) deps.report?.(error, requestId);
    return reply(error, requestId);
  });
  return app;
}

function reply(error: unknown, requestId: string): Response {
  const { status, body, retryAfter } = errorReply(error, requestId);
  const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': requestId });
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return new Response(JSON.stringify(body), { status, headers });
}
