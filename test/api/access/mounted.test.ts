import { createApp } from '@tidemark/api/app';
import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { expect, test } from 'vitest';
import { openDeps } from '../../support/open-libsql.ts';

/** Served beside the contract, each with the credential that it asks for by itself. Whoever adds one says so here. */
const BESIDE: Record<string, number> = {
  'GET /healthz': 200,
  'GET /api/v1/openapi.json': 200,
  'GET /docs': 200,
  'GET /docs/': 200,
  'GET /docs/page.css': 200,
  'GET /docs/page.js': 200,
  'GET /metrics': 401,
  // A page that says no more than that it needs a login.
  'GET /status': 200,
};

test('nothing is served but the contract’s routes, and a few that are known', async () => {
  const { deps, close } = await openDeps();
  const app = createApp(deps);
  const inContract = new Set(
    Object.values<Route>(routes).map(
      ({ method, path }) =>
        `${method} /api/v1${path.replaceAll(/\{(\w+)\+\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  );
  const beside = app.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((one) => !one.startsWith('ALL ') && !inContract.has(one));
  for (const one of new Set(beside)) {
    const [method, path] = one.split(' ');
    const known = BESIDE[one];
    expect(known, `${one} is no route of the contract`).toBeDefined();
    const { status } = await app.request(path!, { method: method! });
    expect(status, one).toBe(known);
  }
  expect(beside.length).toBeGreaterThan(1);
  await close();
});
