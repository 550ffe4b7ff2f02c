import type { Example } from '@tidemark/api/contract/docs/doc';
import { fill, quoted } from '@tidemark/api/contract/docs/fill';
import { routeDocs } from '@tidemark/api/contract/docs/index';
import { ERRORS } from '@tidemark/api/contract/errors';
import { frontRoutes } from '@tidemark/api/contract/front';
import { routes } from '@tidemark/api/contract/index';
import type { Route } from '@tidemark/api/contract/route';
import { pathOf, queryOf } from '@tidemark/client/call';

/** One example that was run. */
export interface Ran {
  /** `route/example`. */
  readonly name: string;
  readonly route: Route;
  readonly status: number;
  readonly contentType: string;
  /** Parsed JSON; the beginning of anything else as text. */
  readonly body: unknown;
}

/** Sends a request to `/api/v1…` of the project, or of the server where the route is the front's. */
type Send = (path: string, init: RequestInit, front: boolean) => Promise<Response>;

export const allRoutes: Readonly<Record<string, Route>> = { ...routes, ...frontRoutes };

/** Every example, each after those it quotes, and what ends things last. */
export async function runExamples(send: Send): Promise<Ran[]> {
  const done = new Map<string, Ran>();
  const replies: Record<string, unknown> = {};
  const under = new Set<string>();

  async function run(name: string): Promise<void> {
    const [routeName, given] = name.split('/') as [string, string?];
    const route = allRoutes[routeName];
    const examples = Object.keys(routeDocs[routeName]?.examples ?? {});
    const exampleName = given ?? examples[0];
    const example = exampleName === undefined ? undefined : routeDocs[routeName]?.examples[exampleName];
    if (!route || !example) throw new Error(`there is no example ${name}`);
    const full = `${routeName}/${exampleName}`;
    if (done.has(full)) return;
    if (under.has(full)) throw new Error(`examples quote each other in a circle: ${[...under, full].join(' → ')}`);
    under.add(full);
    for (const other of [...quoted(example), ...(example.after ?? [])]) await run(other);
    under.delete(full);
    const { whole, ...ran } = await ask(route, full, fill(example, replies), send);
    done.set(full, ran);
    replies[full] = whole;
    if (exampleName === examples[0]) replies[routeName] = whole;
  }

  const all = Object.entries(routeDocs).flatMap(([routeName, { examples }]) =>
    Object.entries(examples).map(([name, { last }]) => ({ name: `${routeName}/${name}`, last })),
  );
  for (const { name, last } of all) if (!last) await run(name);
  for (const { name } of all) await run(name);
  return [...done.values()];
}

async function ask(route: Route, name: string, example: Example, send: Send): Promise<Ran & { whole: unknown }> {
  const headers = new Headers(example.headers);
  const init: RequestInit = { method: route.method, headers };
  if (example.body !== undefined) {
    init.body = route.body === 'bytes' ? String(example.body) : JSON.stringify(example.body);
    if (!headers.has('content-type'))
      headers.set('content-type', route.body === 'bytes' ? 'application/octet-stream' : 'application/json');
  }
  // What a schema makes of params and query is an object wherever there is one.
  const { params, query } = example as { params?: Record<string, unknown>; query?: Record<string, unknown> };
  const front = Object.values(frontRoutes).some((each: Route) => each === route);
  const response = await send(`/api/v1${pathOf(route.path, params)}${queryOf(query)}`, init, front);
  const contentType = response.headers.get('content-type') ?? '';
  const text = await response.text();
  const json = /^application\/json/.test(contentType) && text !== '';
  const body: unknown = json ? JSON.parse(text) : text.slice(0, 300);
  const expected = example.fails ? ERRORS[example.fails].status : route.status;
  if (response.status !== expected) throw new Error(`the example ${name}: ${response.status} ${text.slice(0, 1000)}`);
  return { name, route, status: response.status, contentType, body, whole: json ? body : text };
}
